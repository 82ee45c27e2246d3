import { setMaxListeners } from 'node:events';
import { sleep, systemClock } from '../src/core/clock.js';
import { Crowd, option, percentile } from './lib/crowd.js';
import { figureOf, report } from './lib/figures.js';

/**
 * Native users without media: how many a core of the generator holds at the real client's chatter (every subscription of the
 * recorded join, keep-alives, chat), and how many join per second. The simulator runs beside it on the same machine and is not
 * counted; what it takes is printed.
 */
const USERS = option('users', 5_000);
const RUNS = option('runs', 3);
const SERVERS = 10;
const PER_MEETING = option('per-meeting', 10);
const AT_ONCE = 24;
const SETTLE_MS = 15_000;
const HOLD_MS = 30_000;
/** Every user writes about once in ten minutes (scenarios/darmstadt-morning.yaml: 10 to 20). */
const CHAT_EVERY_MS = 600_000;
const signal = new AbortController().signal;
// It never aborts; everyone listens to it.
setMaxListeners(0, signal);

const perCore: number[] = [];
const joins: number[] = [];
const memory: number[] = [];
for (let run = 1; run <= RUNS; run++) {
  await using crowd = await Crowd.start({ servers: SERVERS, more: ['--graphql-connections', '1000', '--sockets-per-second', '1000'] });
  const emptyMb = await crowd.emptyMb();
  const empty = await crowd.usage();
  const startMs = systemClock.nowMs();
  await crowd.join(Array.from({ length: USERS }, (_, index) => ({ role: index % PER_MEETING === 0 ? 'teacher' : 'pupil', meetingId: `bench-${Math.floor(index / PER_MEETING)}`, audio: 'none', webcam: false, cameraViews: 0 })), AT_ONCE);
  const joined = await crowd.usage();
  const joinSeconds = (systemClock.nowMs() - startMs) / 1_000;
  joins.push(USERS / joinSeconds);
  await sleep(systemClock, SETTLE_MS, signal);
  crowd.meters.take('application_rtt');
  const before = await crowd.usage();
  const simBefore = await crowd.simUsage();
  const heldMs = systemClock.nowMs();
  let chats = 0;
  while (systemClock.nowMs() - heldMs < HOLD_MS) {
    await sleep(systemClock, CHAT_EVERY_MS / USERS, signal);
    void crowd.user(chats++ % USERS).sendChat(`message ${chats}`, signal);
  }
  const seconds = (systemClock.nowMs() - heldMs) / 1_000;
  const after = await crowd.usage();
  const sim = ((await crowd.simUsage()).cpuSeconds - simBefore.cpuSeconds) / seconds;
  const cores = (after.cpuSeconds - before.cpuSeconds) / seconds;
  perCore.push(USERS / cores);
  memory.push((after.pssMb - emptyMb) / USERS);
  const rtt = crowd.meters.take('application_rtt');
  console.log(`run ${run}: ${USERS} users in ${joinSeconds.toFixed(0)} s (${(((joined.cpuSeconds - empty.cpuSeconds) * 1_000) / USERS).toFixed(1)} ms CPU a join), held with ${cores.toFixed(2)} cores, simulator ${sim.toFixed(2)} cores, ${chats} chat messages, ${rtt.length} keep-alives answered (p95 ${percentile(rtt, 0.95).toFixed(0)} ms), ${crowd.lost} lost`);
  if (crowd.lost > 0 || rtt.length < (USERS * seconds) / 10 / 2) throw new Error('not every user was held');
}
report({ name: 'signalling', runs: RUNS, versions: {}, figures: { usersPerCore: figureOf(perCore, 'users/core'), joinsPerSec: figureOf(joins, 'joins/s'), mbPerUser: figureOf(memory, 'MB/user') } });
