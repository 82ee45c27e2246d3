import type { PeerConnection, Track } from 'node-datachannel';

/**
 * Closes a connection so that nothing of it waits for the garbage collector. The binding of libdatachannel leaks what a track has received
 * and JavaScript has not taken yet when the track is closed by hand, so tracks end with their connection, are emptied, and are let go then.
 * And it keeps a handle in the event loop for each track and connection until they are collected, unless somebody asked to be told of the
 * end; of a connection that the other side has ended it is too late to ask.
 */
export function release(connection: PeerConnection, tracks: readonly Track[]): void {
  for (const track of tracks) track.onClosed(ended);
  connection.onStateChange(ended);
  connection.close();
  // The first comes before the event loop looks at the queues again, the second after.
  setImmediate(() => setImmediate(() => tracks.forEach((track) => track.close())));
}

function ended(): void {
  // The binding itself does what is to be done.
}
