/**
 * Ends this process with the one that forked it, however that ended. The end is told once, as 'disconnect', and while the modules of this process load
 * nobody hears it: so it is asked, too. Nothing is tidied up, since a media process holds nothing that must be saved, and the WebRTC library can hang while
 * it cleans up.
 */
export function endWithParent(): void {
  const end = (): void => void process.kill(process.pid, 'SIGKILL');
  process.once('disconnect', end);
  if (!process.connected) end();
}
