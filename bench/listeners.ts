import { option } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';
import { hold, type Held } from './lib/media-bench.js';

/** Native listen-only users, signalling included: classes of 24 who hear one teacher speak. The teachers' cost is in it, they do not count. */
const USERS = option('users', 720);
const RUNS = option('runs', 3);
const CLASS = 24;

const held: Held[] = [];
for (let run = 1; run <= RUNS; run++) {
  const classes = Math.ceil(USERS / CLASS);
  const meetings = Array.from({ length: classes }, (_, index) => `bench-${index}`);
  held.push(
    await hold({
      specs: [
        ...meetings.map((meetingId) => ({ role: 'teacher', meetingId, audio: 'microphone', webcam: false, cameraViews: 0 }) as const),
        ...Array.from({ length: USERS }, (_, index) => ({ role: 'pupil', meetingId: meetings[index % classes]!, audio: 'listen-only', webcam: false, cameraViews: 0 }) as const),
      ],
      counted: USERS,
      audioStreams: USERS + classes,
      videoStreams: 0,
    }),
  );
}
report({ name: 'listeners', runs: RUNS, versions: {}, figures: { usersPerCore: figureOf(held.map((one) => one.usersPerCore), 'users/core'), mbPerUser: figureOf(held.map((one) => one.mbPerUser), 'MB/user') } });
