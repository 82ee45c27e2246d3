import { setMaxListeners } from 'node:events';

/** A signal that never aborts, for as many users at once as a test likes: as with those of a run, each may listen to it. */
export const never: AbortSignal = new AbortController().signal;
setMaxListeners(0, never);
