import { parseClientFrame, parseServerFrame } from '../bbb/graphql.js';
import { patched } from '../bbb/json-patch.js';
import type { Operation } from '../bbb/operations.js';
import type { WireRecording } from '../bbb/wire-recording.js';
import { HarnessError } from '../core/errors.js';
import { sfuFramesOf, type SfuRecording } from './sfu-frames.js';
import { parseProfile, type Reference, type WireProfile, type WireStep } from './wire-profile.js';

/**
 * Turns what a real client said into a wire profile: constants stay; what the server had sent before becomes a reference to the
 * operation and path it came from; the client's own UUID and session token become variables; timestamps and fresh UUIDs become
 * generators. Pure.
 */
export interface Lesson {
  /** Of a moderator who is presenter. */
  readonly presenter: WireRecording;
  /** Of a viewer in the same meeting: what it does not send, only a presenter sends. */
  readonly viewer?: WireRecording;
  readonly bbb: string;
  readonly source: string;
}

/** Sent at intervals or by a step, not by the join itself. */
const NOT_OF_THE_JOIN = new Set(['UpdateConnectionAliveAt', 'UpdateUserClientEchoTestRunningAt']);
/** Shorter or plainer values (true, "en", 15) are the same by chance. */
const MIN_TELLING_CHARS = 8;
const MAX_GAP_MS = 60_000;
const MAX_KNOWN = 50_000;
const MAX_DEPTH = 12;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/;
const UTC_TIME = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/;
/** A cursor of the year 2000 is a constant; a time close to the recording's own is "now". */
const NOW_WITHIN_MS = 48 * 3_600_000;

/** Throws CLIENT_NOT_READY if the recording holds no join. */
export function learnProfile({ presenter, viewer, bbb, source }: Lesson): WireProfile {
  const lesson = new Learner(presenter);
  const join = lesson.join;
  if (join.length === 0) throw new HarnessError('CLIENT_NOT_READY', 'the recorded client sent nothing over GraphQL while it joined', { hint: 'does this server use GraphQL (BBB 3.0 or newer)?' });
  const other = viewer && new Learner(viewer);
  const seenByViewer = other && new Set(other.join.flatMap((step) => ('start' in step ? [step.start] : [])));
  return parseProfile({
    schema: 2,
    bbb,
    source,
    operations: [...new Map([...lesson.operations, ...(other?.operations ?? [])]).values()],
    join: join.map((step): WireStep => ('start' in step && seenByViewer && !seenByViewer.has(step.start) ? { ...step, presenterOnly: true } : step)),
    sfu: sfuFramesOf([lesson.sfu, ...(other ? [other.sfu] : [])]),
  });
}

interface Known {
  readonly reference: Reference;
  /** Last part of the path: a variable of the same name is more likely to mean it. */
  readonly key: string;
}

/** Walks a recording frame by frame, as the client saw it. */
class Learner {
  readonly operations = new Map<string, Operation>();
  readonly join: WireStep[] = [];
  readonly sfu: SfuRecording;
  readonly #running = new Map<string, { readonly operation: Operation; document: unknown }>();
  readonly #known = new Map<string, Known[]>();
  readonly #heardMs = new Map<string, number>();
  #clientUuid = '';
  #sessionToken = '';
  #lastSentMs = 0;
  /** The mutation that joins has been sent; the next frame waits until the server says so. */
  #joining = false;

  constructor({ graphql, sfu, joinedMs }: WireRecording) {
    this.sfu = { frames: sfu, template: (name, text) => this.#template(name, text, [], 0) };
    for (const { dir, atMs, text } of graphql) {
      if (dir === 'received') this.#receive(text, atMs);
      else this.#send(text, atMs, atMs <= joinedMs);
    }
  }

  #send(text: string, atMs: number, ofTheJoin: boolean): void {
    const frame = parseClientFrame(text);
    if (frame?.type === 'connection_init') {
      this.#clientUuid = frame.headers['X-ClientSessionUUID'] ?? '';
      this.#sessionToken = frame.headers['X-Session-Token'] ?? '';
      this.#lastSentMs = atMs;
    } else if (frame?.type === 'complete') {
      const ended = this.#running.get(frame.id);
      if (!ended || !ofTheJoin) return;
      this.join.push({ end: ended.operation.operationName, gapMs: this.#gap(atMs, this.#lastSentMs) });
      this.#lastSentMs = atMs;
    } else if (frame?.type === 'subscribe') {
      const { query, operationName, variables } = frame.payload;
      const operation = operationOf(query, operationName);
      if (!operation) return;
      if (!this.operations.has(operation.operationName)) this.operations.set(operation.operationName, operation);
      this.#running.set(frame.id, { operation, document: undefined });
      if (!ofTheJoin || NOT_OF_THE_JOIN.has(operation.operationName)) return;
      this.#step(operation, variables, atMs);
    }
  }

  #step(operation: Operation, sent: Readonly<Record<string, unknown>>, atMs: number): void {
    const used: Reference[] = [];
    const variables = Object.fromEntries(Object.entries(sent).map(([key, value]) => [key, this.#template(key, value, used, 0)]));
    const me = [...this.operations.values()].find(({ rootField }) => rootField === 'user_current');
    const after = this.#joining && me ? { $from: me.operationName, path: '/0/joined' } : undefined;
    this.#joining = operation.rootField === 'userJoinMeeting';
    // The client's own time: since it sent the frame before, or since it had what this one needs.
    const needed = [...used, ...(after ? [after] : [])].map(({ $from }) => this.#heardMs.get($from) ?? 0);
    const gapMs = this.#gap(atMs, Math.max(this.#lastSentMs, ...needed));
    this.join.push({ start: operation.operationName, gapMs, variables, ...(after ? { after } : {}) });
    this.#lastSentMs = atMs;
  }

  #gap(atMs: number, sinceMs: number): number {
    return Math.round(Math.min(MAX_GAP_MS, Math.max(0, atMs - sinceMs)));
  }

  #receive(text: string, atMs: number): void {
    const frame = parseServerFrame(text);
    if (frame?.type !== 'next') return;
    const running = this.#running.get(frame.id);
    if (!running) return;
    const { operation } = running;
    const patch = frame.data['patch'];
    if (Array.isArray(patch) && running.document !== undefined) {
      const document = patched(structuredClone(running.document), patch);
      if (document === undefined) return;
      running.document = document;
    } else running.document = frame.data[operation.rootField];
    this.#heardMs.set(operation.operationName, atMs);
    this.#learn(operation.operationName, running.document, '', 0);
  }

  #learn(operationName: string, value: unknown, path: string, depth: number): void {
    if (depth > MAX_DEPTH || this.#known.size > MAX_KNOWN) return;
    if (typeof value === 'string') {
      if (value.length < MIN_TELLING_CHARS) return;
      const places = this.#known.get(value) ?? [];
      this.#known.set(value, places);
      if (!places.some(({ reference }) => reference.$from === operationName && reference.path === path)) places.push({ reference: { $from: operationName, path }, key: path.slice(path.lastIndexOf('/') + 1) });
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) this.#learn(operationName, one, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
    }
  }

  #template(key: string, value: unknown, used: Reference[], depth: number): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#template(key, one, used, depth + 1));
    if (typeof value === 'object' && value !== null) {
      if (depth > MAX_DEPTH) return value;
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.#template(name, one, used, depth + 1)]));
    }
    if (typeof value !== 'string') return value;
    if (value !== '' && value === this.#clientUuid) return { $var: 'clientSessionUuid' };
    if (value !== '' && value === this.#sessionToken) return { $var: 'sessionToken' };
    const places = this.#known.get(value);
    const known = places?.find((one) => one.key === key) ?? (isTelling(value) ? places?.[0] : undefined);
    if (known) {
      used.push(known.reference);
      return known.reference;
    }
    if (isNow(value, ISO_TIME)) return { $now: 'iso' };
    if (isNow(value, UTC_TIME)) return { $now: 'utc' };
    return UUID.test(value) ? { $uuid: true } : value;
  }
}

/** Ids and tokens have digits in them; words of a language need the same name on both sides. */
function isTelling(value: string): boolean {
  return value.length >= MIN_TELLING_CHARS && /\d/.test(value) && !/\s/.test(value);
}

function isNow(value: string, form: RegExp): boolean {
  // eslint-disable-next-line no-restricted-properties -- asks how old a value in a recording is, not for the run's time
  return form.test(value) && Math.abs(Date.parse(value) - Date.now()) < NOW_WITHIN_MS;
}

/** Kind, name and root field from the text of a query; undefined if it is none. */
export function operationOf(query: string, operationName: string): Operation | undefined {
  const match = /^\s*(query|mutation|subscription)\b[^{]*\{\s*(?:[A-Za-z_]\w*\s*:\s*)?([A-Za-z_]\w*)/.exec(query);
  const [, kind, rootField] = match ?? [];
  if (kind === undefined || rootField === undefined || operationName === '') return undefined;
  return { operationName, kind: kind as Operation['kind'], rootField, query };
}
