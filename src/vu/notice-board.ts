import type { MetricName, Sample } from '../metrics/catalogue.js';
import { NOTICE_KINDS, readMark, type NoticeKind } from './notice.js';
import type { RunClock } from './run-clock.js';

/** What has not come after so long never does for a person; BBB gives up on a silent user after the same time. */
export const DELIVERY_LIMIT_MS = 30_000;

/** A user that is shown things; samples go to whom it belongs. */
export interface Reader {
  readonly seq: number;
  readonly record: (sample: Omit<Sample, 'atMs'>) => void;
}

/** `asked`: it counts if nothing comes, too. */
interface Waiting {
  readonly reader: Reader;
  asked: boolean;
}

/** Something that was due at an instant, and who has not been shown it. */
interface Notice {
  readonly kind: NoticeKind;
  readonly key: string;
  readonly seq: number;
  readonly dueMs: number;
  readonly waiting: Map<number, Waiting>;
}

interface Watcher {
  readonly reader: Reader;
  readonly sinceWallMs: number;
  /** Run clock, ms: connected without a break since then; undefined: not now. */
  connectedSinceMs: number | undefined;
}

interface Meeting {
  /** In order of being sent. */
  notices: Notice[];
  readonly watching: Readonly<Record<NoticeKind, Map<number, Watcher>>>;
  /** Users who did something here: of theirs the board knows, whatever a mark says. */
  readonly senders: Set<number>;
}

const METRIC: Readonly<Record<NoticeKind, MetricName>> = { chat: 'chat_delivery', hand: 'hand_delivery', slide: 'slide_delivery', poll: 'poll_delivery', draw: 'draw_delivery' };
const UNDELIVERED: Readonly<Record<NoticeKind, MetricName>> = { chat: 'chat_undelivered', hand: 'hand_undelivered', slide: 'slide_undelivered', poll: 'poll_undelivered', draw: 'draw_undelivered' };
/** A client begins to be shown slides, hands and strokes one after another: the board opens some two seconds after the join (native/whiteboard.ts). */
const SETTLED_MS = 5_000;

/**
 * Where senders note what they do and receivers what they are shown, so that the time between is known. Notices of a meeting
 * wait for those who were watching when they were sent; who leaves or stops watching is not waited for. A chat message stays in the chat, and comes
 * after an interruption, too; of all else, what was overtaken meanwhile may never be shown to anybody: it counts as undelivered only for those who
 * were connected all the time. A chat message of a user of another worker is not on the board: its mark says when it was due.
 */
export class NoticeBoard {
  readonly #clock: RunClock;
  readonly #meetings = new Map<string, Meeting>();

  constructor(clock: RunClock) {
    this.#clock = clock;
  }

  /** A user does something that was due at `dueMs` (run clock). Returns what takes it back, for a step that failed. */
  sent(meetingId: string, notice: { readonly kind: NoticeKind; readonly key: string; readonly seq: number; readonly dueMs: number }): () => void {
    const meeting = this.#meeting(meetingId);
    this.#expire(meeting);
    meeting.senders.add(notice.seq);
    const { kind, seq } = notice;
    // Who is not shown the slide yet draws on the one before.
    const elsewhere = kind === 'draw' && meeting.notices.some((one) => one.kind === 'slide' && one.waiting.has(seq));
    const settled = this.#clock.atMs - SETTLED_MS;
    const isAsked = ({ connectedSinceMs = Number.POSITIVE_INFINITY }: Watcher): boolean => kind === 'chat' || (!elsewhere && connectedSinceMs <= settled);
    const waiting = new Map([...meeting.watching[kind].values()].map((watcher) => [watcher.reader.seq, { reader: watcher.reader, asked: isAsked(watcher) }]));
    const entry: Notice = { ...notice, waiting };
    if (waiting.size > 0) meeting.notices.push(entry);
    return () => {
      meeting.notices = meeting.notices.filter((one) => one !== entry);
    };
  }

  /** From now on (or no longer) this user is shown things of a kind. */
  watch(meetingId: string, kind: NoticeKind, reader: Reader, on: boolean): void {
    const meeting = this.#meeting(meetingId);
    if (on) meeting.watching[kind].set(reader.seq, { reader, sinceWallMs: this.#clock.wallMs, connectedSinceMs: this.#clock.atMs });
    else this.#forget(meeting, kind, reader.seq);
  }

  /** The user's connection is back, or away. */
  connected(meetingId: string, seq: number, on: boolean): void {
    const meeting = this.#meetings.get(meetingId);
    if (!meeting) return;
    this.#expire(meeting);
    for (const kind of NOTICE_KINDS) {
      const watcher = meeting.watching[kind].get(seq);
      if (watcher) watcher.connectedSinceMs = on ? this.#clock.atMs : undefined;
      if (kind !== 'chat') this.#excuse(meeting, kind, seq);
    }
  }

  /** The user is out: nothing is expected to reach it any more. */
  leave(meetingId: string, seq: number): void {
    const meeting = this.#meetings.get(meetingId);
    if (!meeting) return;
    this.#expire(meeting);
    for (const kind of NOTICE_KINDS) this.#forget(meeting, kind, seq);
    if (Object.values(meeting.watching).every((watching) => watching.size === 0)) this.#meetings.delete(meetingId);
  }

  /** The user was shown something, `agoMs` ago. */
  seen(meetingId: string, reader: Reader, kind: NoticeKind, key: string, agoMs = 0): void {
    const meeting = this.#meeting(meetingId);
    this.#expire(meeting);
    const notice = meeting.notices.find((one) => one.kind === kind && (one.key === '' || one.key === key) && one.waiting.has(reader.seq));
    // Strokes on the slide that is gone are not shown any more.
    if (kind === 'slide') this.#excuse(meeting, 'draw', reader.seq);
    if (!notice) {
      if (kind === 'chat') this.#seenFromAfar(meeting, reader, key, agoMs);
      return;
    }
    const { asked } = notice.waiting.get(reader.seq)!;
    notice.waiting.delete(reader.seq);
    // Of two slides, or polls, that come as one the client shows the later: there may be no more.
    if (notice.key === '') this.#excuse(meeting, kind, reader.seq);
    if (notice.waiting.size === 0) meeting.notices = meeting.notices.filter((one) => one !== notice);
    const value = Math.max(0, this.#clock.atMs - agoMs - notice.dueMs);
    const own = notice.seq === reader.seq;
    if (own && kind !== 'chat') return;
    reader.record({ metric: own ? 'chat_echo' : METRIC[kind], value });
    if (asked && !own) reader.record({ metric: UNDELIVERED[kind], value: 0 });
  }

  /** Counts what has not come in time. Called at the end of a run; at other times it happens by itself. */
  settle(): void {
    for (const meeting of this.#meetings.values()) this.#expire(meeting);
  }

  /** A message whose sender is played elsewhere, sent while the reader was watching. What never comes is not known here, so what comes in time is no share of it; what comes too late is undelivered. */
  #seenFromAfar(meeting: Meeting, reader: Reader, key: string, agoMs: number): void {
    const mark = readMark(key);
    const watching = meeting.watching.chat.get(reader.seq);
    if (!mark || !watching || mark.seq === reader.seq || meeting.senders.has(mark.seq)) return;
    const value = this.#clock.wallMs - agoMs - mark.wallMs;
    if (mark.wallMs < watching.sinceWallMs || value < 0) return;
    reader.record(value > DELIVERY_LIMIT_MS ? { metric: 'chat_undelivered', value: 1 } : { metric: 'chat_delivery', value });
  }

  #expire(meeting: Meeting): void {
    const before = this.#clock.atMs - DELIVERY_LIMIT_MS;
    if (!meeting.notices.some(({ dueMs }) => dueMs < before)) return;
    const due = meeting.notices.filter(({ dueMs }) => dueMs < before);
    meeting.notices = meeting.notices.filter(({ dueMs }) => dueMs >= before);
    for (const { kind, seq, waiting } of due) {
      for (const { reader, asked } of waiting.values()) if (asked && reader.seq !== seq) reader.record({ metric: UNDELIVERED[kind], value: 1 });
    }
  }

  /** What the user was not shown so far may come, but need not. */
  #excuse(meeting: Meeting, kind: NoticeKind, seq: number): void {
    for (const notice of meeting.notices) {
      const waiting = notice.kind === kind ? notice.waiting.get(seq) : undefined;
      if (waiting) waiting.asked = false;
    }
  }

  #forget(meeting: Meeting, kind: NoticeKind, seq: number): void {
    meeting.watching[kind].delete(seq);
    for (const notice of meeting.notices) if (notice.kind === kind) notice.waiting.delete(seq);
    meeting.notices = meeting.notices.filter(({ waiting }) => waiting.size > 0);
  }

  #meeting(meetingId: string): Meeting {
    let meeting = this.#meetings.get(meetingId);
    if (!meeting) this.#meetings.set(meetingId, (meeting = { notices: [], watching: { chat: new Map(), hand: new Map(), slide: new Map(), poll: new Map(), draw: new Map() }, senders: new Set() }));
    return meeting;
  }
}
