import { findLivekitServer } from '../../src/sim/livekit/find-server.js';

/** The livekit-server that tests use; undefined: there is none on this machine. */
export const LIVEKIT_SERVER = findLivekitServer(process.env);

if (LIVEKIT_SERVER === undefined) console.warn('skipped: tests over LiveKit (no livekit-server on this machine; node scripts/livekit-server.mjs builds one)');
