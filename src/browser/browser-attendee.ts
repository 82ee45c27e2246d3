import type { Page, Request, Response } from 'playwright';
import { checkStatus, readApiAnswer } from '../bbb/answer.js';
import { joinErrorOf } from '../bbb/join-redirect.js';
import { networkError } from '../bbb/http.js';
import { codeOf, HarnessError, messageOf, type ErrorCode } from '../core/errors.js';
import { sleep, type Clock } from '../core/clock.js';
import { DroppingQueue } from '../core/queue.js';
import type { Action, Attendee, AttendeeEvents, AttendeeSpec, Joined, LostReason, Peers, PhaseListener } from '../vu/attendee.js';
import { ClientDriver } from './client-driver.js';
import type { DriverLimits } from './client-ui.js';
import type { EvidenceStore } from './evidence.js';
import { actInLesson, openRoom } from './lesson-actions.js';
import { playLine, type PlayedLine } from './line.js';
import { parseBatch, receivedBetween, samplesBetween, type Standings, type StatsBatch } from './media-samples.js';
import type { Seat } from './pool.js';

export interface BrowserAttendeeParts {
  readonly spec: AttendeeSpec;
  readonly seat: Seat;
  readonly page: Page;
  /** Undefined: that of the machine. */
  readonly line: PlayedLine | undefined;
  readonly joinUrl: string;
  readonly limits: DriverLimits;
  readonly events: AttendeeEvents;
  readonly evidence: EvidenceStore;
  readonly clock: Clock;
}

const MAX_CONSOLE_LINES = 50;
const MAX_LINE_CHARS = 500;
const MAX_MARK_CHARS = 40;
const MAX_AGO_MS = 5_000;
/** A connection that is away for so long is lost: BBB removes the user after 30 s, too. */
const INTERRUPTION_LIMIT_MS = 30_000;
/** From one look of the probe to the next, and from one batch of statistics to the next. */
export const STATS_EVERY_MS = 2_000;

/** One person in a real browser on the server's own client. */
export class BrowserAttendee implements Attendee {
  readonly lost: Promise<LostReason>;
  readonly #parts: BrowserAttendeeParts;
  readonly #driver: ClientDriver;
  readonly #console = new DroppingQueue<string>(MAX_CONSOLE_LINES);
  readonly #done = new AbortController();
  readonly #lose: (reason: LostReason) => void;
  /** The newest of each page, and what was said of pictures that stand still. */
  readonly #batches = new Map<Page, { readonly batch: StatsBatch; readonly standings: Standings }>();
  /** Of the breakout room that the user is in. */
  #room: Page | undefined;
  #interruptedSinceMs: number | undefined;
  /** Aborts when the connection is back. */
  #back = new AbortController();
  #inside = false;
  /** What it has connected. */
  #audio: 'microphone' | 'listen-only' | undefined;
  #closed = false;
  /** Rows of the user list; undefined: it shows none, or not all. */
  #listed: number | undefined;

  constructor(parts: BrowserAttendeeParts) {
    this.#parts = parts;
    this.#driver = new ClientDriver(parts.page, parts.limits);
    let lose: (reason: LostReason) => void = () => undefined;
    this.lost = new Promise((resolve) => {
      lose = resolve;
    });
    this.#lose = (reason) => {
      if (!this.#closed) lose(reason);
    };
    const { page, seat } = parts;
    page.on('console', (message) => this.#console.push(`${message.type()}: ${message.text().slice(0, MAX_LINE_CHARS)}`));
    page.on('pageerror', (error) => this.#console.push(`exception: ${error.message.slice(0, MAX_LINE_CHARS)}`));
    page.on('crash', () => this.#lose({ code: 'BROWSER_FAILED', message: 'the page crashed' }));
    page.on('close', () => this.#lose({ code: 'BROWSER_FAILED', message: 'the page was closed' }));
    void seat.browserGone.then(() => this.#lose({ code: 'BROWSER_FAILED', message: 'the browser has gone' }));
  }

  join(onPhase: PhaseListener, signal: AbortSignal): Promise<Joined> {
    return this.#guarded(signal, async () => {
      const { page, joinUrl, spec, limits, events } = this.#parts;
      const target = new URL(joinUrl).host;
      const attempted = `join "${spec.name}" at ${target}`;
      const onRequest = (request: Request): void => {
        if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return;
        // The balancer sends on to the API of a server, which may then not answer.
        const { host, pathname } = new URL(request.url());
        if (host !== target && pathname.endsWith('/api/join')) events.sentTo?.(host);
      };
      page.on('request', onRequest);
      page.on('response', (response) => {
        // The end of the API phase: the client's document, after every redirect of balancer and server.
        if (response.request().isNavigationRequest() && response.frame() === page.mainFrame() && response.status() === 200) onPhase('api');
      });
      let response: Response | null;
      try {
        response = await page.goto(joinUrl, { waitUntil: 'domcontentloaded', timeout: limits.readyTimeoutMs });
      } catch (error) {
        throw navigationError(attempted, target, error);
      } finally {
        page.off('request', onRequest);
      }
      const url = page.url();
      const atApi = new URL(url).pathname.endsWith('/api/join');
      const text = response && (atApi || !response.ok()) ? await response.text().catch(() => '') : '';
      // A balancer or server that is overloaded, or down, sends a page that is not worth waiting for. A refusal in the API's words says more than its status.
      if (response && !response.ok() && !text.includes('<returncode>') && !new URL(url).searchParams.has('errors')) checkStatus(attempted, { status: response.status(), text });
      // An API answer instead of a redirect: a balancer that does not know the meeting, a wrong parameter.
      if (atApi) readApiAnswer(attempted, text);
      const refused = joinErrorOf(attempted, url);
      if (refused) throw refused;
      const server = new URL(url).host;
      events.sentTo?.(server);
      onPhase('page');
      await this.#driver.ready();
      onPhase('ready');
      this.#inside = true;
      return { server };
    });
  }

  connectAudio(choice: 'microphone' | 'listen-only', onPhase: PhaseListener, signal: AbortSignal): Promise<void> {
    return this.#guarded(signal, async () => {
      await this.#driver.connectAudio(choice);
      this.#audio = choice;
      onPhase('audio');
    });
  }

  shareWebcam(signal: AbortSignal): Promise<void> {
    return this.#guarded(signal, () => this.#driver.shareWebcam());
  }

  sendChat(text: string, signal: AbortSignal): Promise<void> {
    return this.#guarded(signal, () => this.#driver.sendChat(text));
  }

  raiseHand(signal: AbortSignal): Promise<void> {
    return this.#guarded(signal, () => this.#driver.raiseHand());
  }

  act(action: Action, signal: AbortSignal): Promise<void> {
    const driver = this.#driver;
    switch (action.do) {
      case 'share-screen':
        return this.#guarded(signal, () => driver.shareScreen(action.on));
      case 'next-slide':
        return this.#guarded(signal, () => driver.nextSlide());
      case 'microphone':
        return this.#guarded(signal, () => driver.switchMicrophone(action.on));
      case 'enter-breakout':
        return this.#guarded(signal, () => this.#enterRoom());
      default:
        return this.#guarded(signal, () => actInLesson(action, { ui: driver.ui, clock: this.#parts.clock, seq: this.#parts.spec.seq, gone: this.#done.signal, later: (work) => this.#later(work, action.do) }));
    }
  }

  reload(signal: AbortSignal): Promise<void> {
    return this.#guarded(signal, async () => {
      const { page, limits } = this.#parts;
      this.#inside = false;
      this.#batches.delete(page);
      this.#endInterruption();
      this.#listed = undefined;
      this.#parts.events.sees?.({ is: 'watching', kind: 'chat', on: false });
      try {
        await page.reload({ waitUntil: 'domcontentloaded', timeout: limits.readyTimeoutMs });
        await this.#driver.ready();
        if (this.#audio !== undefined) await this.#driver.connectAudio(this.#audio);
      } catch (error) {
        this.#lose({ code: 'CONNECTION_LOST', message: `the client did not come back after a reload: ${messageOf(error)}` });
        throw error;
      }
      this.#inside = true;
    });
  }

  loseNetwork(durationMs: number, signal: AbortSignal): Promise<void> {
    return this.#guarded(signal, async () => {
      const { seat, line, clock } = this.#parts;
      await seat.context.setOffline(true);
      void sleep(clock, durationMs, this.#done.signal).then(
        () => seat.context.setOffline(false).then(() => line?.play()).catch(() => undefined),
        () => undefined,
      );
    });
  }

  peers(): Peers | undefined {
    return this.#inside && this.#interruptedSinceMs === undefined && this.#listed !== undefined ? { count: this.#listed, names: undefined } : undefined;
  }

  evidence(): Promise<string | undefined> {
    const { page, spec, evidence } = this.#parts;
    return this.#closed || page.isClosed() ? Promise.resolve(undefined) : evidence.keep(page, spec.seq, this.#console);
  }

  leave(signal: AbortSignal): Promise<void> {
    this.#inside = false;
    return this.#guarded(signal, async () => {
      await this.#closeRoom();
      await this.#driver.leave();
    });
  }

  /** News from the probe in the page: statistics, first media, what the page shows. Anything else is ignored. */
  hear(text: string, page: Page): void {
    let news: unknown;
    try {
      news = JSON.parse(text);
    } catch {
      return;
    }
    if (typeof news !== 'object' || news === null) return;
    const { is, kind, state, agoMs, text: words, sense, delayMs } = news as Readonly<Record<string, unknown>>;
    if (page !== this.#parts.page) {
      // Of a breakout room: its sound and pictures count; who is there, and what is written, is not the meeting's.
      if (page !== this.#room) return;
      if (is === 'stats') this.#measure(parseBatch(news), page);
      else if (is === 'looks' && (state === 'ended' || state === 'error')) void this.#comeBack();
      return;
    }
    if (is === 'first' && (kind === 'audio' || kind === 'video')) this.#parts.events.phase(kind === 'audio' ? 'first_audio' : 'first_video');
    else if (is === 'stats') this.#measure(parseBatch(news), page);
    else if (is === 'mark' && typeof delayMs === 'number') this.#perceive(sense === 'ear' ? 'mouth_to_ear' : 'glass_to_glass', delayMs);
    else if (is === 'looks') this.#looks(String(state), String(words ?? ''), agoOf(agoMs));
    else this.#hearOfOthers(news as Readonly<Record<string, unknown>>);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#done.abort();
    this.#endInterruption();
    await this.#parts.seat[Symbol.asyncDispose]();
  }

  #measure(batch: StatsBatch | undefined, page: Page): void {
    if (!batch) return;
    const { events } = this.#parts;
    const { batch: before, standings } = this.#batches.get(page) ?? { batch: undefined, standings: new Map() as Standings };
    if (this.#inside) for (const sample of samplesBetween(before, batch, standings)) events.sample(sample);
    if (this.#inside) for (const media of receivedBetween(before, batch)) events.received?.(media);
    this.#batches.set(page, { batch, standings });
  }

  /** The client hangs up in the meeting and opens the room in a page of its own; when that ends, sound comes back. */
  async #enterRoom(): Promise<void> {
    const { seat, spec, limits } = this.#parts;
    if (this.#room) throw new HarnessError('STEP_FAILED', 'the user is in a breakout room already');
    await this.#driver.ui.uncover();
    const room = await openRoom(this.#driver.ui);
    this.#room = room;
    room.on('close', () => void this.#comeBack());
    try {
      if (spec.line) await playLine(seat.context, room, spec.line);
      const driver = new ClientDriver(room, limits);
      await driver.ready();
      if (this.#audio !== undefined) await driver.connectAudio(this.#audio);
    } catch (error) {
      await this.#comeBack();
      throw error;
    }
  }

  async #comeBack(): Promise<void> {
    if (!this.#room) return;
    await this.#closeRoom();
    if (this.#inside && this.#audio !== undefined) this.#later(this.#driver.connectAudio(this.#audio), 'enter-breakout');
  }

  async #closeRoom(): Promise<void> {
    const room = this.#room;
    this.#room = undefined;
    if (!room) return;
    this.#batches.delete(room);
    await room.close().catch(() => undefined);
  }

  /** Goes on while the user does other things. */
  #later(work: Promise<void>, phase: string): void {
    work.catch((error: unknown) => {
      if (this.#inside && !this.#done.signal.aborted) this.#parts.events.sample({ metric: 'errors', value: 1, tags: { code: codeOf(error), phase } });
    });
  }

  #hearOfOthers({ is, on, mark, wallMs, count }: Readonly<Record<string, unknown>>): void {
    const { events, clock } = this.#parts;
    if (is === 'users') this.#listed = typeof count === 'number' && Number.isInteger(count) && count >= 0 ? count : undefined;
    else if (is === 'watching') events.sees?.({ is: 'watching', kind: 'chat', on: on === true });
    else if (is === 'seen' && typeof mark === 'string' && typeof wallMs === 'number') {
      // The page's clock is this machine's; what it says is held within reason.
      events.sees?.({ is: 'seen', kind: 'chat', key: mark.slice(0, MAX_MARK_CHARS), agoMs: agoOf(clock.wallMs() - wallMs) });
    }
  }

  /** A negative delay says that clocks are not in step: it is refused further on, and counted there. */
  #perceive(metric: 'mouth_to_ear' | 'glass_to_glass', value: number): void {
    if (this.#inside) this.#parts.events.sample({ metric, value });
  }

  /** `agoMs`: for how long the connection had been as it is when the page said so. */
  #looks(state: string, words: string, agoMs: number): void {
    const changedMs = this.#parts.clock.nowMs() - agoMs;
    const sinceMs = this.#interruptedSinceMs;
    this.#endInterruption();
    if (state === 'interrupted') this.#beginInterruption(changedMs);
    if (!this.#inside) return;
    if (state === 'interrupted') this.#parts.events.sample({ metric: 'errors', value: 1, tags: { code: 'CONNECTION_INTERRUPTED' satisfies ErrorCode, phase: 'stay' } });
    else if (state === 'fine' && sinceMs !== undefined) this.#parts.events.sample({ metric: 'reconnect_time', value: Math.max(0, changedMs - sinceMs) });
    if (state === 'ended') this.#lose({ code: 'KICKED', message: `the client says that the meeting has ended: ${words}` });
    else if (state === 'error') this.#lose({ code: 'CLIENT_ERROR_SCREEN', message: `the client shows an error: ${words}` });
  }

  /** Timed here: a page without peer connections sends no statistics, and nothing else while the connection is away. */
  #beginInterruption(sinceMs: number): void {
    this.#interruptedSinceMs = sinceMs;
    this.#back = new AbortController();
    // Up to the page's next look, which may be that the connection is back.
    void this.#parts.clock.sleepUntil(sinceMs + INTERRUPTION_LIMIT_MS + STATS_EVERY_MS, this.#back.signal).then(
      () => this.#lose({ code: 'CONNECTION_LOST', message: `the client has had no GraphQL connection for more than ${INTERRUPTION_LIMIT_MS / 1000} s` }),
      () => undefined,
    );
  }

  #endInterruption(): void {
    this.#interruptedSinceMs = undefined;
    this.#back.abort();
  }

  /** Ends with the signal's reason when aborted. */
  async #guarded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    aborted.catch(() => undefined);
    const working = work();
    // After an abort the page goes on for a moment until it is closed; nobody waits for what it says.
    working.catch(() => undefined);
    try {
      return await Promise.race([working, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** What a page says of the past, within reason, ms. */
function agoOf(agoMs: unknown): number {
  return typeof agoMs === 'number' && Number.isFinite(agoMs) ? Math.min(MAX_AGO_MS, Math.max(0, agoMs)) : 0;
}

/** Chromium's `net::ERR_…` in the words of the API client. */
function navigationError(attempted: string, host: string, error: unknown): HarnessError {
  const code = /net::ERR_([A-Z_]+)/.exec(messageOf(error))?.[1] ?? '';
  const known: Readonly<Record<string, string>> = { CONNECTION_REFUSED: 'ECONNREFUSED', NAME_NOT_RESOLVED: 'ENOTFOUND', CONNECTION_RESET: 'ECONNRESET', EMPTY_RESPONSE: 'ECONNRESET', ADDRESS_UNREACHABLE: 'EHOSTUNREACH', TIMED_OUT: 'ETIMEDOUT', CONNECTION_TIMED_OUT: 'ETIMEDOUT' };
  if (code.startsWith('CERT_') || code.startsWith('SSL_')) return networkError(attempted, host, { code: code.startsWith('SSL_') ? `ERR_${code}` : code });
  if (known[code] !== undefined) return networkError(attempted, host, { code: known[code] });
  if (/Timeout \d+ms exceeded/.test(messageOf(error))) return new HarnessError('TARGET_TIMEOUT', `${attempted}: the client page did not load in time`, { cause: error });
  return new HarnessError('CLIENT_NOT_READY', `${attempted}: the client page did not load (${messageOf(error).split('\n')[0]!.replace(/ at http\S+/, '').slice(0, 160)})`, { cause: error });
}
