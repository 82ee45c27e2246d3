import { execFileSync } from 'node:child_process';
import { findLivekitServer } from '../src/sim/livekit/find-server.js';
import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';
import { hold, type Held, type MediaBench } from './lib/media-bench.js';

/**
 * Native users over LiveKit against a real livekit-server on the same machine, as `listeners` and `teachers` measure them over the
 * SFU: classes of 24 who hear one teacher speak, and pairs with microphone and camera. What the livekit-server takes stands apart.
 */
const LISTENERS = option('listeners', 240);
const FULL_MEDIA = option('users', 60);
const RUNS = option('runs', 3);
const CLASS = 24;
const SIM = ['--bbb', '4.0'];

const server = findLivekitServer(process.env);
if (server === undefined) throw new Error('there is no livekit-server: node scripts/livekit-server.mjs builds one');

const classes = Math.ceil(LISTENERS / CLASS);
const meetings = Array.from({ length: classes }, (_, index) => `bench-${index}`);
const listening: MediaBench = {
  specs: [
    ...meetings.map((meetingId) => ({ role: 'teacher', meetingId, audio: 'microphone', webcam: false, cameraViews: 0 }) as const),
    ...Array.from({ length: LISTENERS }, (_, index) => ({ role: 'pupil', meetingId: meetings[index % classes]!, audio: 'listen-only', webcam: false, cameraViews: 0 }) as const),
  ],
  counted: LISTENERS,
  audioStreams: LISTENERS,
  videoStreams: 0,
  sim: SIM,
};
const talking: MediaBench = {
  specs: Array.from({ length: FULL_MEDIA }, (_, index) => ({ role: 'teacher', meetingId: `bench-${Math.floor(index / 2)}`, audio: 'microphone', webcam: true, cameraViews: 1 }) as const),
  counted: FULL_MEDIA,
  audioStreams: FULL_MEDIA,
  videoStreams: FULL_MEDIA,
  fps: 15,
  sim: SIM,
};

const held: { readonly listeners: Held[]; readonly fullMedia: Held[] } = { listeners: [], fullMedia: [] };
for (let run = 1; run <= RUNS; run++) {
  held.listeners.push(await hold(listening));
  held.fullMedia.push(await hold(talking));
}
const perServerCore = (all: readonly Held[]): number[] => all.map(({ usersPerServerCore }) => usersPerServerCore!);
report({
  name: 'livekit',
  runs: RUNS,
  versions: { livekitServer: execFileSync(server, ['--version'], { encoding: 'utf8' }).trim().split(' ').at(-1)! },
  figures: {
    listenUsersPerCore: figureOf(held.listeners.map((one) => one.usersPerCore), 'users/core'),
    listenMbPerUser: figureOf(held.listeners.map((one) => one.mbPerUser), 'MB/user'),
    fullMediaUsersPerCore: figureOf(held.fullMedia.map((one) => one.usersPerCore), 'users/core'),
    fullMediaMbPerUser: figureOf(held.fullMedia.map((one) => one.mbPerUser), 'MB/user'),
    serverListenersPerCore: figureOf(perServerCore(held.listeners), 'users/core'),
    serverFullMediaUsersPerCore: figureOf(perServerCore(held.fullMedia), 'users/core'),
  },
});
