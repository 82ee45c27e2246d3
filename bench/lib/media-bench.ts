import { sleep, systemClock } from '../../src/core/clock.js';
import type { AttendeeSpec } from '../../src/vu/attendee.js';
import { Crowd, percentile } from './crowd.js';

export interface Held {
  readonly usersPerCore: number;
  readonly mbPerUser: number;
  /** The same users by what the livekit-server takes; undefined: there is none. */
  readonly usersPerServerCore: number | undefined;
}

export interface MediaBench {
  readonly specs: readonly Omit<AttendeeSpec, 'seq' | 'name'>[];
  /** Who counts as a user; the others are there so that there is something to receive, and cost all the same. */
  readonly counted: number;
  /** Streams that must be received at all times. */
  readonly audioStreams: number;
  readonly videoStreams: number;
  readonly fps?: number;
  /** More for `firstbell sim`. */
  readonly sim?: readonly string[];
}

const SETTLE_MS = 15_000;
const WINDOW_MS = 30_000;
/** Sessions are measured every 5 s. */
const MEASURED_EVERY_MS = 5_000;
/** Opus silence is 1.2 kbit/s of payload at 50 packets a second. */
const SILENCE_KBPS = 1.1;
const MAX_LOSS = 0.01;
const FULL = 0.9;
const AT_ONCE = 12;
const signal = new AbortController().signal;

/**
 * Holds a crowd with media and measures what the generator takes (this process and its media processes; not the simulator).
 * Throws when not everyone's media flowed in full: such a crowd counts for nothing.
 */
export async function hold({ specs, counted, audioStreams, videoStreams, fps = 0, sim = [] }: MediaBench): Promise<Held> {
  await using crowd = await Crowd.start({ servers: 2, mediaProcesses: 2, more: ['--graphql-connections', '5000', '--sockets-per-second', '1000', ...sim] });
  const emptyMb = await crowd.emptyMb();
  const startMs = systemClock.nowMs();
  await crowd.join(specs, AT_ONCE);
  const joinSeconds = (systemClock.nowMs() - startMs) / 1_000;
  await sleep(systemClock, SETTLE_MS, signal);
  for (const metric of ['audio_bitrate', 'audio_loss', 'audio_gaps', 'video_fps', 'video_loss', 'errors'] as const) crowd.meters.take(metric);
  const [before, simBefore, livekitBefore, fromMs] = [await crowd.usage(), await crowd.simUsage(), await crowd.livekitUsage(), systemClock.nowMs()];
  await sleep(systemClock, WINDOW_MS, signal);
  const [after, simAfter, livekitAfter, seconds] = [await crowd.usage(), await crowd.simUsage(), await crowd.livekitUsage(), (systemClock.nowMs() - fromMs) / 1_000];
  const livekitCores = livekitBefore && livekitAfter && (livekitAfter.cpuSeconds - livekitBefore.cpuSeconds) / seconds;
  const cores = (after.cpuSeconds - before.cpuSeconds) / seconds;
  const bitrate = crowd.meters.take('audio_bitrate');
  const loss = [...crowd.meters.take('audio_loss'), ...crowd.meters.take('video_loss')];
  const frames = crowd.meters.take('video_fps');
  const gaps = crowd.meters.take('audio_gaps').reduce((sum, one) => sum + one, 0);
  const looks = (WINDOW_MS / MEASURED_EVERY_MS) * FULL;
  console.log(
    `  ${specs.length} users in ${joinSeconds.toFixed(0)} s; generator ${cores.toFixed(2)} cores, ${(after.pssMb - emptyMb).toFixed(0)} MB; simulator ${((simAfter.cpuSeconds - simBefore.cpuSeconds) / seconds).toFixed(2)} cores${livekitCores === undefined ? '' : `, of them livekit-server ${livekitCores.toFixed(2)}`}; audio ${bitrate.length} looks, least ${Math.min(...bitrate).toFixed(1)} kbit/s, ${gaps} gaps; video ${frames.length} looks${frames.length === 0 ? '' : `, p5 ${percentile(frames, 0.05).toFixed(1)} fps`}; loss p99 ${(percentile(loss, 0.99) * 100).toFixed(2)} %; ${crowd.lost} lost`,
  );
  const problems = [
    crowd.lost > 0 && 'users were lost',
    bitrate.length < audioStreams * looks && 'audio was missing',
    bitrate.some((one) => one < SILENCE_KBPS) && 'audio was silent',
    frames.length < videoStreams * looks && 'video was missing',
    frames.length > 0 && percentile(frames, 0.05) < fps * FULL && 'video was not at its rate',
    loss.length > 0 && percentile(loss, 0.99) > MAX_LOSS && 'packets were lost',
  ].filter((one) => one !== false);
  if (problems.length > 0) throw new Error(`not in full: ${problems.join(', ')}`);
  return { usersPerCore: counted / cores, mbPerUser: (after.pssMb - emptyMb) / counted, usersPerServerCore: livekitCores && counted / livekitCores };
}
