import type { Interruption } from './interruption.js';
import type { RunClock } from './run-clock.js';
import type { AttendanceScript } from './script.js';
import type { UserMeter } from './user-meter.js';

/** A stay in the meeting, on the run's clock. */
export interface Stay {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The others in the meeting who by plan have a microphone that is on, and a camera. */
export interface Company {
  readonly sound: readonly Stay[];
  readonly pictures: readonly Stay[];
}

export interface MediaWatch {
  readonly script: Pick<AttendanceScript, 'audio' | 'cameraViews' | 'leaveMs'>;
  readonly company: () => Company;
  readonly clock: RunClock;
  readonly meter: Pick<UserMeter, 'awaited'>;
  readonly interruption: Pick<Interruption, 'signal' | 'cause'>;
}

/** So long a person waits for sound and pictures of others before something is wrong. */
export const PATIENCE_MS = 15_000;

/**
 * Looks once, for sound and for pictures, whether any have come to a user who is in since now: when it has been beside somebody who sends them for
 * PATIENCE_MS. Percentiles of what came say nothing of those to whom nothing did. Who has nobody to hear or see for so long is not asked. Resolves when
 * it has looked or the user was interrupted.
 */
export async function watchMedia({ script, company, clock, meter, interruption }: MediaWatch): Promise<void> {
  const stay = { fromMs: clock.atMs, untilMs: script.leaveMs };
  const { sound, pictures } = company();
  const looks = [
    { kind: 'audio', atMs: script.audio === 'none' ? undefined : firstLook(stay, sound) },
    { kind: 'video', atMs: script.cameraViews === 0 ? undefined : firstLook(stay, pictures) },
  ] as const;
  const inOrder = looks.flatMap(({ kind, atMs }) => (atMs === undefined ? [] : [{ kind, atMs }])).sort((a, b) => a.atMs - b.atMs);
  try {
    for (const { kind, atMs } of inOrder) {
      await clock.sleepUntil(atMs, interruption.signal);
      meter.awaited(kind);
    }
  } catch (error) {
    if (interruption.cause === undefined) throw error;
  }
}

/** When a stay has been beside one of the others for PATIENCE_MS; undefined: it never is, before either leaves. */
function firstLook(stay: Stay, others: readonly Stay[]): number | undefined {
  let first: number | undefined;
  for (const other of others) {
    const atMs = Math.max(stay.fromMs, other.fromMs) + PATIENCE_MS;
    if (atMs < Math.min(stay.untilMs, other.untilMs) && (first === undefined || atMs < first)) first = atMs;
  }
  return first;
}
