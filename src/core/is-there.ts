/** Whether a process is there; negative: whether anybody of its group is. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's is there, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
