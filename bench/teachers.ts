import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';
import { hold, type Held } from './lib/media-bench.js';

/** Native users in pairs: each sends microphone and camera (640×480, 15 frames/s, 200 kbit/s) and receives one of each. */
const USERS = option('users', 160);
const RUNS = option('runs', 3);

const held: Held[] = [];
for (let run = 1; run <= RUNS; run++) {
  held.push(
    await hold({
      specs: Array.from({ length: USERS }, (_, index) => ({ role: 'teacher', meetingId: `bench-${Math.floor(index / 2)}`, audio: 'microphone', webcam: true, cameraViews: 1 })),
      counted: USERS,
      audioStreams: USERS,
      videoStreams: USERS,
      fps: 15,
    }),
  );
}
report({ name: 'teachers', runs: RUNS, versions: {}, figures: { usersPerCore: figureOf(held.map((one) => one.usersPerCore), 'users/core'), mbPerUser: figureOf(held.map((one) => one.mbPerUser), 'MB/user') } });
