import type { Browser, BrowserContext, Locator, Page, TestInfo } from '@playwright/test';
import type { BbbApi } from '../../src/bbb/api.js';
import { SFU_BRIDGES, type Bridges } from '../../src/bbb/bridges.js';
import { HttpClient } from '../../src/bbb/http.js';
import type { JoinedSession } from '../../src/bbb/join.js';
import { SELECTORS, type SelectorName } from '../../src/bbb/selectors.js';
import { ClientDriver } from '../../src/browser/client-driver.js';
import { sleep, systemClock } from '../../src/core/clock.js';
import { messageOf } from '../../src/core/errors.js';
import { askStaticData } from '../../src/fleet/probe-media.js';
import { DroppingQueue } from '../../src/core/queue.js';
import { redact } from '../../src/core/redact.js';
import type { Checks } from './checks.js';
import { connectivity, PAGE_WATCH, pictureOfOthers, received } from './page-watch.js';
import { PartError } from './parts.js';
import { SocketWatch } from './socket-watch.js';

const CONSOLE_LINES = 200;
const LOOK_EVERY_MS = 100;
/** A beep of Chromium's fake microphone or a spoken word; silence stays at 0. */
const HEARD_ENERGY = 0.0005;
const HEARD_PACKETS = 50;
const SEEN_FRAMES = 15;
/** A screen on which nothing moves is sent about once a second. */
const SCREEN_FRAMES = 3;
/** Between the darkest and the brightest point of 0 to 765; a black or grey picture has next to none. */
const PICTURE_CONTRAST = 60;

export interface PersonParts {
  readonly browser: Browser;
  readonly api: BbbApi;
  readonly waitMs: number;
  readonly secrets: readonly string[];
  /** Everybody whose page is open in this worker. */
  readonly people: Set<Person>;
}

export interface PersonSpec {
  readonly name: string;
  readonly role: 'MODERATOR' | 'VIEWER';
  readonly meetingId: string;
}

/** Asks until it is enough; the last answer when the time is up. */
export async function until<T>(limitMs: number, ask: () => Promise<T>, enough: (answer: T) => boolean): Promise<{ readonly answer: T; readonly reached: boolean }> {
  const startMs = systemClock.nowMs();
  for (;;) {
    const answer = await ask();
    if (enough(answer)) return { answer, reached: true };
    if (systemClock.nowMs() - startMs > limitMs) return { answer, reached: false };
    await sleep(systemClock, LOOK_EVERY_MS, new AbortController().signal);
  }
}

type MediaPart = 'sfu-audio' | 'sfu-video' | 'livekit' | 'screen-share';

/** One person in Chromium on the server's own client. */
export class Person {
  readonly name: string;
  readonly page: Page;
  readonly driver: ClientDriver;
  readonly session: JoinedSession;
  readonly sockets: SocketWatch;
  /** What carries the media of the meeting. */
  #bridges: Bridges = SFU_BRIDGES;
  readonly #context: BrowserContext;
  readonly #parts: PersonParts;
  readonly #console = new DroppingQueue<string>(CONSOLE_LINES);

  private constructor(parts: PersonParts, name: string, context: BrowserContext, page: Page, session: JoinedSession) {
    this.#parts = parts;
    this.#context = context;
    this.name = name;
    this.page = page;
    this.session = session;
    this.sockets = new SocketWatch(page);
    this.driver = new ClientDriver(page, { readyTimeoutMs: parts.waitMs, audioTimeoutMs: parts.waitMs, stepTimeoutMs: parts.waitMs });
    page.on('console', (message) => this.#console.push(`${message.type()}: ${message.text().slice(0, 500)}`));
    page.on('pageerror', (error) => this.#console.push(`exception: ${messageOf(error).slice(0, 500)}`));
  }

  /**
   * Joins up to a client that is ready. The API call is made here and not in the browser: a trace would keep its checksum, which
   * stays good for as long as the secret is; the session token that the browser gets ends with the meeting.
   */
  static async join(checks: Checks, parts: PersonParts, { name, role, meetingId }: PersonSpec): Promise<Person> {
    const { api, browser, waitMs } = parts;
    const limit = AbortSignal.timeout(waitMs);
    const session = await checks.look('api', `${name} is let in by the API`, () => api.join({ meetingID: meetingId, fullName: name, role, userID: `firstbell-${name.toLowerCase()}` }, limit));
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, permissions: ['microphone', 'camera'], locale: 'en-US' });
    const page = await context.newPage();
    const person = new Person(parts, name, context, page, session);
    // Known from here on: of a join that fails the page stays open for its screenshot.
    parts.people.add(person);
    person.#bridges = await bridgesFor(session, limit);
    await context.addInitScript({ content: PAGE_WATCH });
    await context.addCookies(cookiesOf(session));
    await checks.look('client', `the client's page loads for ${name}`, () => person.#load());
    await checks.look('graphql', `${name}'s client gets a GraphQL session`, () => person.#acknowledged());
    await checks.look('state', `${name}'s client becomes ready`, () => person.driver.ready(), (error) => person.#whyNotReady(error));
    return person;
  }

  microphone(checks: Checks): Promise<void> {
    return checks.look(this.audioPart, `${this.name} connects a microphone`, () => this.driver.connectAudio('microphone'), (error) => this.#whyNoMedia(this.audioPart, 'audio', error));
  }

  webcam(checks: Checks): Promise<void> {
    return checks.look(this.cameraPart, `${this.name} shares a webcam`, () => this.driver.shareWebcam(), (error) => this.#whyNoMedia(this.cameraPart, 'video', error));
  }

  hears(checks: Checks, whom: string): Promise<void> {
    return checks.look(this.audioPart, `${this.name} hears ${whom}`, () => this.hearsSound());
  }

  sees(checks: Checks, whom: string): Promise<void> {
    return checks.look(this.cameraPart, `${this.name} sees ${whom}`, () => this.seesPicture(this.cameraPart));
  }

  /** Whether the client of this person, who must be the presenter, has a button for it that can be used. */
  async offersScreenShare(): Promise<boolean> {
    const button = this.#visible('startScreenShare');
    return (await button.isVisible()) && (await button.isEnabled());
  }

  sharesScreen(checks: Checks): Promise<void> {
    return checks.look(
      'screen-share',
      `${this.name} shares the screen`,
      () => this.driver.shareScreen(true),
      (error) => this.#whyNoMedia('screen-share', 'screenshare', error),
    );
  }

  seesScreen(checks: Checks, whose: string): Promise<void> {
    return checks.look('screen-share', `${this.name} sees the screen of ${whose}`, () => this.seesPicture('screen-share'));
  }

  stopsScreen(checks: Checks, watcher: Person): Promise<void> {
    return checks.look('screen-share', `the screen is gone when ${this.name} stops sharing`, async () => {
      await this.driver.shareScreen(false);
      await watcher.page.locator(SELECTORS.screenshareVideo).first().waitFor({ state: 'hidden', timeout: this.#parts.waitMs });
    });
  }

  /** From now on packets go on arriving, and there is sound in them. */
  async hearsSound(): Promise<void> {
    const limitMs = this.#parts.waitMs;
    const before = await received(this.page, 'audio');
    const { answer, reached } = await until(limitMs, () => received(this.page, 'audio'), (now) => now.packets >= before.packets + HEARD_PACKETS && now.audioEnergy >= before.audioEnergy + HEARD_ENERGY);
    if (reached) return;
    const packets = answer.packets - before.packets;
    const words = packets < HEARD_PACKETS ? `${packets} audio packets arrived within ${limitMs / 1_000} s; audio is connected, but the media server sends nothing` : `${packets} audio packets arrived, but they are silent`;
    throw await this.#whyNoMedia(this.audioPart, 'audio', new PartError(this.audioPart, words));
  }

  /** From now on frames go on being decoded, and the picture is not of one colour. */
  async seesPicture(part: MediaPart): Promise<void> {
    const limitMs = this.#parts.waitMs;
    const [selector, frames] = part === 'screen-share' ? ([SELECTORS.screenshareVideo, SCREEN_FRAMES] as const) : ([undefined, SEEN_FRAMES] as const);
    const before = await received(this.page, 'video', selector);
    const { answer, reached } = await until(limitMs, () => received(this.page, 'video', selector), (now) => now.framesDecoded >= before.framesDecoded + frames);
    if (!reached) {
      const packets = answer.packets - before.packets;
      const words = packets === 0 ? `no video packet arrived within ${limitMs / 1_000} s` : `${packets} video packets arrived, but only ${answer.framesDecoded - before.framesDecoded} frames could be decoded (no key frame?)`;
      throw await this.#whyNoMedia(part, part === 'screen-share' ? 'screenshare' : 'video', new PartError(part, words));
    }
    const contrast = (points: readonly number[] | undefined): number => (points === undefined ? 0 : Math.max(...points) - Math.min(...points));
    const picture = await until(limitMs, () => pictureOfOthers(this.page, selector), (points) => contrast(points) >= PICTURE_CONTRAST);
    if (!picture.reached) throw new PartError(part, picture.answer === undefined ? 'frames arrive, but the page shows no picture of others' : 'the picture is of one colour');
  }

  /** Writes in the public chat, until one's own message stands there. */
  says(text: string): Promise<void> {
    return this.driver.sendChat(text);
  }

  /** Resolves when a message stands in this person's chat, which must be open. */
  reads(text: string, limitMs: number): Promise<void> {
    return this.page.locator(SELECTORS.chatMessageText).filter({ hasText: text }).first().waitFor({ state: 'visible', timeout: limitMs });
  }

  setOffline(offline: boolean): Promise<void> {
    return this.#context.setOffline(offline);
  }

  /** The console of the page, for the report. */
  async attachConsole(info: TestInfo): Promise<void> {
    const lines = this.#console.items().map((line) => redact(line, this.#parts.secrets));
    if (lines.length > 0) await info.attach(`console of ${this.name}`, { body: lines.join('\n'), contentType: 'text/plain' });
  }

  async close(): Promise<void> {
    this.#parts.people.delete(this);
    await this.#context.close().catch(() => undefined);
  }

  /** Duplicate hidden toolbar buttons exist: only what is visible counts. */
  #visible(name: SelectorName): Locator {
    return this.page.locator(SELECTORS[name]).filter({ visible: true }).first();
  }

  async #load(): Promise<void> {
    // Without the address: it holds the session token, and failures are printed.
    const response = await this.page.goto(this.session.clientUrl, { waitUntil: 'domcontentloaded', timeout: this.#parts.waitMs }).catch((error: unknown) => {
      throw new PartError('client', redact(messageOf(error).split('\n')[0]!));
    });
    if (response && response.status() >= 400) throw new PartError('client', `${this.session.server} answers HTTP ${response.status()} for the client's page`);
  }

  async #acknowledged(): Promise<void> {
    const { reached } = await until(this.#parts.waitMs, async () => this.sockets.graphql, (state) => state === 'acknowledged');
    if (!reached) throw await this.#whyNotReady(new Error('the client did not connect'));
  }

  async #whyNotReady(error: unknown): Promise<PartError> {
    const { graphql, graphqlError } = this.sockets;
    const words = messageOf(error);
    if (graphql === 'none') return new PartError('client', `${words}; the page loaded, but its scripts opened no GraphQL socket`);
    if (graphql === 'opened') return new PartError('graphql', `${words}; the GraphQL socket was not acknowledged${graphqlError === undefined ? '' : `: ${graphqlError}`}`);
    if (graphqlError !== undefined) return new PartError('graphql', `${words}; GraphQL refused: ${graphqlError}`);
    return new PartError('state', `${words}; GraphQL answers, but the user does not become a participant`);
  }

  get audioPart(): MediaPart {
    return this.#bridges.audio === 'livekit' ? 'livekit' : 'sfu-audio';
  }

  get cameraPart(): MediaPart {
    return this.#bridges.camera === 'livekit' ? 'livekit' : 'sfu-video';
  }

  #sfuTrouble(part: MediaPart, type: string, words: string): PartError | undefined {
    const refusal = this.sockets.sfuErrors.filter((one) => one.type === type).at(-1);
    if (refusal) return new PartError(this.sockets.iceFailed ? 'ice' : part, `${words}; the SFU says ${refusal.text}`);
    if (this.sockets.sfu === 'none') return new PartError(part, `${words}; the client opened no socket to the SFU`);
    if (this.sockets.sfu === 'opened') return new PartError(part, `${words}; the SFU's socket answers nothing`, 'is bbb-webrtc-sfu running, and does nginx pass /bbb-webrtc-sfu on?');
    return undefined;
  }

  /** Signalling, connectivity or media: which of them it is. */
  async #whyNoMedia(part: MediaPart, type: 'audio' | 'video' | 'screenshare', error: unknown): Promise<unknown> {
    const words = messageOf(error);
    const overLivekit = { audio: this.#bridges.audio, video: this.#bridges.camera, screenshare: this.#bridges.screen }[type] === 'livekit';
    if (!overLivekit) {
      const signalling = this.#sfuTrouble(part, type, words);
      if (signalling) return signalling;
    } else if (this.sockets.livekit === 'none') return new PartError('livekit', `${words}; the client opened no socket to LiveKit`);
    else if (this.sockets.livekit === 'opened') return new PartError('livekit', `${words}; LiveKit's socket answers nothing`, 'is livekit-server running, and does nginx pass /livekit on?');
    const { states } = await connectivity(this.page);
    const stuck = states.filter((state) => state === 'failed' || state === 'connecting' || state === 'new' || state === 'disconnected');
    if (stuck.length > 0) return new PartError('ice', `${words}; media connections are ${[...new Set(stuck)].join(', ')}: no way for packets between browser and media server was found`);
    return error instanceof PartError ? error : new PartError(part, words);
  }
}

function cookiesOf({ jar }: JoinedSession): Parameters<BrowserContext['addCookies']>[0] {
  return (jar.serializeSync()?.cookies ?? []).map(({ key, value, domain, path, hostOnly, secure, httpOnly }) => ({
    name: String(key),
    value: String(value),
    domain: `${hostOnly === true ? '' : '.'}${String(domain)}`,
    path: String(path ?? '/'),
    secure: secure === true,
    httpOnly: httpOnly === true,
  }));
}

/** Of a server that does not say, those of 3.0. */
async function bridgesFor(session: JoinedSession, signal: AbortSignal): Promise<Bridges> {
  await using http = new HttpClient(systemClock);
  return (await askStaticData(http, session, signal).catch(() => undefined))?.bridges ?? SFU_BRIDGES;
}
