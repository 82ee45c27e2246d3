import pLimit from 'p-limit';
import type { Clock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import { codeOf, HarnessError, messageOf } from '../core/errors.js';
import { MEETING_ID_PREFIX, openLedger, openMeetings, readLedger } from './ledger.js';
import type { MeetingHost } from './ports.js';

export interface CleanupOptions {
  readonly host: MeetingHost;
  /** Paths of `ledger.jsonl` files of runs against this host. */
  readonly ledgers: readonly string[];
  /** Runs whose tagged meetings are asked of the target too, e.g. when their folder is lost. */
  readonly runIds: readonly string[];
  /** Told that the target could not be asked for tags, when everything that the ledgers have was tried; absent: that is thrown then. */
  readonly onUnasked?: (error: unknown) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface CleanedMeeting {
  readonly run: string;
  readonly meetingId: string;
  /** How it was found. */
  readonly from: 'ledger' | 'tag';
  readonly ended: boolean;
  readonly code?: string;
  readonly message?: string;
}

const CONCURRENT_ENDS = 8;
const END_LIMIT_MS = 20_000;

/**
 * Ends what runs left behind: first what their ledgers have open, for a target under load may be slow to list its meetings, then what carries
 * their tag there. Doing it again is harmless. Rejects with FILE_UNREADABLE for a ledger and with the host's error if the target cannot be
 * asked for tags (but see `onUnasked`); a meeting that cannot be ended is reported, and the others are still ended.
 */
export async function cleanup(options: CleanupOptions): Promise<readonly CleanedMeeting[]> {
  const { host, ledgers, signal } = options;
  const known = new Map<string, Found>();
  const runs = new Map<string, string | undefined>(options.runIds.map((run) => [run, undefined]));
  for (const ledger of ledgers) {
    const entries = await readLedger(ledger);
    for (const { run } of entries) runs.set(run, ledger);
    for (const { run, meetingId } of openMeetings(entries)) known.set(meetingId, { run, from: 'ledger', ledger });
  }
  const cleaned = await endAll(options, known);
  const tagged = new Map<string, Found>();
  try {
    for (const [run, ledger] of runs) {
      for (const meetingId of await host.ours(run, signal)) {
        // Whoever wrote the tag: an id that we did not give is not ours to end.
        if (!known.has(meetingId) && meetingId.startsWith(MEETING_ID_PREFIX)) tagged.set(meetingId, { run, from: 'tag', ledger });
      }
    }
  } catch (error) {
    if (!options.onUnasked) throw error;
    options.onUnasked(error);
  }
  return [...cleaned, ...(await endAll(options, tagged))];
}

interface Found {
  readonly run: string;
  readonly from: 'ledger' | 'tag';
  readonly ledger: string | undefined;
}

function endAll(options: CleanupOptions, found: ReadonlyMap<string, Found>): Promise<CleanedMeeting[]> {
  const limit = pLimit(CONCURRENT_ENDS);
  return Promise.all([...found].map(([meetingId, { run, from, ledger }]) => limit(() => endOne(options, { run, meetingId, from }, ledger))));
}

async function endOne({ host, clock, signal }: CleanupOptions, meeting: Pick<CleanedMeeting, 'run' | 'meetingId' | 'from'>, ledger: string | undefined): Promise<CleanedMeeting> {
  const { run, meetingId } = meeting;
  const tooSlow = (): HarnessError => new HarnessError('TARGET_TIMEOUT', `the target did not end ${meetingId} within ${END_LIMIT_MS / 1000} s`);
  try {
    await within(clock, END_LIMIT_MS, signal, tooSlow, (inner) => host.end(meetingId, inner));
    if (ledger !== undefined) {
      await using book = await openLedger(ledger);
      await book.write({ type: 'ended', run, meetingId, wallMs: clock.wallMs() });
    }
    return { ...meeting, ended: true };
  } catch (error) {
    return { ...meeting, ended: false, code: codeOf(error), message: messageOf(error) };
  }
}
