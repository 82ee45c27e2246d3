import type { Interruption } from './interruption.js';
import type { RunClock } from './run-clock.js';
import type { AttendanceScript } from './script.js';
import type { UserMeter } from './user-meter.js';

/** A stay in the meeting, on the run's clock. */
export interface Stay {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** When a user by plan is beside others who have a microphone that is on, and a camera. */
export interface Company {
  readonly sound: readonly Stay[];
  readonly pictures: readonly Stay[];
}

export interface MediaWatch {
  readonly script: Pick<AttendanceScript, 'audio' | 'cameraViews' | 'leaveMs'>;
  readonly company: () => Company;
  readonly clock: RunClock;
  readonly meter: Pick<UserMeter, 'awaited' | 'awaitedSince'>;
  readonly interruption: Pick<Interruption, 'signal' | 'cause'>;
}

/** So long a person waits for sound and pictures of others before something is wrong. */
export const PATIENCE_MS = 15_000;

/**
 * Looks for sound and for pictures of others as long as a user is in, since now: whether any have come when it has been beside somebody who sends them
 * for PATIENCE_MS, and from then on whether any came in each further stretch of PATIENCE_MS. Percentiles of what came say nothing of those to whom
 * nothing does. Who has nobody to hear or see for so long is not asked. Resolves when it has looked for the last time or the user was interrupted.
 */
export async function watchMedia(watch: MediaWatch): Promise<void> {
  const { script, company, clock, interruption } = watch;
  const stay = { fromMs: clock.atMs, untilMs: script.leaveMs };
  const { sound, pictures } = company();
  try {
    await Promise.all([
      script.audio === 'none' ? undefined : look('audio', settledBeside(stay, sound), watch),
      script.cameraViews === 0 ? undefined : look('video', settledBeside(stay, pictures), watch),
    ]);
  } catch (error) {
    if (interruption.cause === undefined) throw error;
  }
}

async function look(kind: 'audio' | 'video', settled: readonly Stay[], { clock, meter, interruption }: MediaWatch): Promise<void> {
  const [first] = settled;
  if (!first) return;
  await clock.sleepUntil(first.fromMs, interruption.signal);
  meter.awaited(kind);
  for (const { fromMs, untilMs } of settled) {
    for (let atMs = fromMs; atMs + PATIENCE_MS < untilMs; atMs += PATIENCE_MS) {
      await clock.sleepUntil(atMs + PATIENCE_MS, interruption.signal);
      meter.awaitedSince(kind, atMs);
    }
  }
}

/** When a stay has been beside one of the others for PATIENCE_MS or longer, in order and apart from each other. Both have had the time to come until then. */
function settledBeside(stay: Stay, others: readonly Stay[]): readonly Stay[] {
  const joined: Stay[] = [];
  const each = others
    .map((other) => ({ fromMs: Math.max(stay.fromMs, other.fromMs) + PATIENCE_MS, untilMs: Math.min(stay.untilMs, other.untilMs) }))
    .filter(({ fromMs, untilMs }) => fromMs < untilMs)
    .sort((a, b) => a.fromMs - b.fromMs);
  for (const one of each) {
    const last = joined.at(-1);
    if (last === undefined || one.fromMs > last.untilMs) joined.push(one);
    else joined[joined.length - 1] = { fromMs: last.fromMs, untilMs: Math.max(last.untilMs, one.untilMs) };
  }
  return joined;
}
