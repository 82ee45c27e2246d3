import { CookieJar } from 'tough-cookie';
import type { Clock } from '../core/clock.js';
import { HarnessError, codeOf, type ErrorCode } from '../core/errors.js';
import { normaliseApiUrl, signedUrl, type ApiParams, type ApiTarget } from './api-url.js';
import { DEFAULT_HTTP_LIMITS, HttpClient, type HttpAnswer, type HttpLimits } from './http.js';
import { joinErrorOf } from './join-redirect.js';
import { meetingFrom, type MeetingInfo } from './meeting-info.js';
import { errorForKey } from './message-keys.js';
import { listOf, childOf, parseResponse, textOf, type XmlObject } from './xml.js';

export interface CreateParams {
  readonly meetingID: string;
  readonly name: string;
  /** `meta_…` values by name without the prefix. */
  readonly meta?: Readonly<Record<string, string>>;
  readonly extra?: ApiParams;
}

export interface JoinParams {
  readonly meetingID: string;
  readonly fullName: string;
  readonly role: 'MODERATOR' | 'VIEWER';
  /** External user id; give each user its own. */
  readonly userID?: string;
  /** `userdata-…` values by name without the prefix. */
  readonly userdata?: Readonly<Record<string, string | number | boolean>>;
  readonly extra?: ApiParams;
}

export interface JoinedSession {
  /** Host and port of the server that serves the client: the one the load balancer chose. */
  readonly server: string;
  readonly clientUrl: string;
  readonly sessionToken: string;
  /** Holds JSESSIONID of that server. */
  readonly jar: CookieJar;
  readonly hops: number;
}

export interface TargetVersion {
  readonly apiVersion: string;
  /** Empty unless `allowRevealOfBBBVersion=true`; undefined behind a balancer. */
  readonly bbbVersion: string | undefined;
  readonly graphqlWebsocketUrl: string | undefined;
}

/** One finished call, for metrics. `code` is undefined when it succeeded. */
export interface ApiCall {
  readonly call: string;
  readonly durationMs: number;
  readonly code: ErrorCode | undefined;
  readonly host: string;
}

export interface ApiOptions {
  readonly clock: Clock;
  readonly limits?: HttpLimits;
  readonly onCall?: (call: ApiCall) => void;
}

const MAX_HOPS = 5;

/**
 * The BBB API of a server or a load balancer. Every method rejects with a HarnessError whose message names the call and the
 * host and never the secret, a checksum or a token. Source: BBB docs/development/api.md; bbb-protocol §1, §2.
 */
export class BbbApi implements AsyncDisposable {
  readonly apiUrl: string;
  readonly host: string;
  readonly #target: ApiTarget;
  readonly #options: ApiOptions;
  readonly #http: HttpClient;

  constructor(target: ApiTarget, options: ApiOptions) {
    this.apiUrl = normaliseApiUrl(target.url);
    this.host = new URL(this.apiUrl).host;
    this.#target = target;
    this.#options = options;
    this.#http = new HttpClient(options.clock, options.limits ?? DEFAULT_HTTP_LIMITS);
  }

  /** Creates the meeting, or finds it there already (`duplicateWarning` is success). */
  async create(params: CreateParams, signal: AbortSignal): Promise<{ readonly internalMeetingID: string; readonly createTime: string }> {
    const meta = Object.fromEntries(Object.entries(params.meta ?? {}).map(([name, value]) => [`meta_${name}`, value]));
    const answer = await this.#call('create', { name: params.name, meetingID: params.meetingID, record: false, ...meta, ...params.extra }, `create meeting "${params.name}"`, signal);
    return { internalMeetingID: textOf(answer, 'internalMeetingID'), createTime: textOf(answer, 'createTime') };
  }

  /** Signed URL that a browser opens to join. Contains a credential. */
  joinUrl(params: JoinParams): string {
    return signedUrl(this.apiUrl, 'join', joinQuery(params), this.#target.secret, this.#target.algorithm);
  }

  /** Joins as a browser does: follows the redirects (balancer, server, client) with one cookie jar. */
  join(params: JoinParams, signal: AbortSignal): Promise<JoinedSession> {
    const attempted = `join "${params.fullName}" at ${this.host}`;
    return this.#measured('join', async () => {
      const jar = new CookieJar(undefined, { rejectPublicSuffixes: false });
      let url = this.joinUrl(params);
      for (let hops = 0; hops < MAX_HOPS; hops++) {
        const answer = await this.#http.get(attempted, url, signal, { cookie: await jar.getCookieString(url) });
        for (const cookie of answer.setCookies) await jar.setCookie(cookie, url, { ignoreError: true });
        if (answer.location === undefined) throw notRedirected(attempted, answer);
        const next = new URL(answer.location, url);
        if (isJoinCall(next)) {
          url = next.href;
          continue;
        }
        const refused = joinErrorOf(attempted, next.href);
        if (refused) throw refused;
        return { server: next.host, clientUrl: next.href, sessionToken: next.searchParams.get('sessionToken')!, jar, hops: hops + 1 };
      }
      throw new HarnessError('TARGET_NOT_BBB', `${attempted}: more than ${MAX_HOPS} redirects`, { hint: 'look at the redirects of the load balancer' });
    });
  }

  async end(meetingID: string, signal: AbortSignal): Promise<void> {
    await this.#call('end', { meetingID }, 'end a meeting', signal);
  }

  async getMeetings(signal: AbortSignal): Promise<readonly MeetingInfo[]> {
    const answer = await this.#call('getMeetings', {}, 'list the meetings', signal);
    return listOf(childOf(answer, 'meetings'), 'meeting').map(meetingFrom);
  }

  async getMeetingInfo(meetingID: string, signal: AbortSignal): Promise<MeetingInfo> {
    return meetingFrom(await this.#call('getMeetingInfo', { meetingID }, 'ask for a meeting', signal));
  }

  async isMeetingRunning(meetingID: string, signal: AbortSignal): Promise<boolean> {
    return textOf(await this.#call('isMeetingRunning', { meetingID }, 'ask whether a meeting runs', signal), 'running') === 'true';
  }

  /** The unsigned index call: BBB answers JSON with the GraphQL address, Scalelite XML without. */
  version(signal: AbortSignal): Promise<TargetVersion> {
    const attempted = `ask ${this.host} for its version`;
    return this.#measured('version', async () => {
      const answer = await this.#http.get(attempted, this.apiUrl, signal, { 'content-type': 'application/json' });
      checkStatus(attempted, answer);
      if (answer.text.trimStart().startsWith('{')) return versionFromJson(attempted, answer.text);
      const root = parseAnswer(attempted, answer.text);
      return { apiVersion: textOf(root, 'version').slice(0, 32), bbbVersion: textOf(root, 'bbbVersion').slice(0, 64) || undefined, graphqlWebsocketUrl: textOf(root, 'graphqlWebsocketUrl') || undefined };
    });
  }

  /** Difference of the target's clock (`Date` header, whole seconds) to ours, ms; undefined if it does not say. */
  async clockSkewMs(signal: AbortSignal): Promise<number | undefined> {
    const beforeMs = this.#options.clock.wallMs();
    const { dateMs } = await this.#http.get(`ask ${this.host} for the time`, this.apiUrl, signal);
    return dateMs === undefined ? undefined : dateMs - (beforeMs + this.#options.clock.wallMs()) / 2;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#http[Symbol.asyncDispose]();
  }

  #call(call: string, params: ApiParams, what: string, signal: AbortSignal): Promise<XmlObject> {
    const attempted = `${what} at ${this.host}`;
    return this.#measured(call, async () => {
      const answer = await this.#http.get(attempted, signedUrl(this.apiUrl, call, params, this.#target.secret, this.#target.algorithm), signal);
      checkStatus(attempted, answer);
      const root = parseAnswer(attempted, answer.text);
      const returncode = textOf(root, 'returncode');
      if (returncode === 'SUCCESS') return root;
      if (returncode === 'FAILED') throw errorForKey(attempted, textOf(root, 'messageKey'), textOf(root, 'message'));
      throw new HarnessError('TARGET_NOT_BBB', `${attempted}: the answer has no returncode`);
    });
  }

  async #measured<T>(call: string, work: () => Promise<T>): Promise<T> {
    const { clock, onCall } = this.#options;
    const startMs = clock.nowMs();
    try {
      const result = await work();
      onCall?.({ call, durationMs: clock.nowMs() - startMs, code: undefined, host: this.host });
      return result;
    } catch (error) {
      onCall?.({ call, durationMs: clock.nowMs() - startMs, code: codeOf(error), host: this.host });
      throw error;
    }
  }
}

function joinQuery({ meetingID, fullName, role, userID, userdata = {}, extra }: JoinParams): ApiParams {
  const data = Object.fromEntries(Object.entries(userdata).map(([name, value]) => [`userdata-${name}`, value]));
  return { fullName, meetingID, role, userID, redirect: true, ...data, ...extra };
}

function isJoinCall(url: URL): boolean {
  return url.pathname.endsWith('/api/join');
}

function checkStatus(attempted: string, { status, text }: HttpAnswer): void {
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400) throw new HarnessError('TARGET_NOT_BBB', `${attempted}: redirected (HTTP ${status}) where an answer was due`, { hint: 'give the URL that the redirect leads to, e.g. https instead of http' });
  // A BBB API error comes with 200; anything else is a proxy, a missing service or an overload.
  const hint = status === 404 ? 'is this the API URL? `bbb-conf --secret` prints it' : status === 429 ? 'the server limits how often it may be asked' : 'look at nginx and bbb-web on that server';
  throw new HarnessError('TARGET_HTTP_STATUS', `${attempted}: HTTP ${status}${/<html/i.test(text.slice(0, 500)) ? ' with an HTML page' : ''}`, { hint });
}

function parseAnswer(attempted: string, text: string): XmlObject {
  try {
    return parseResponse(text);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new HarnessError(error.code, `${attempted}: ${error.message}`, { hint: error.hint ?? 'look at what the URL answers in a browser', cause: error });
  }
}

function notRedirected(attempted: string, answer: HttpAnswer): HarnessError {
  try {
    checkStatus(attempted, answer);
    const root = parseAnswer(attempted, answer.text);
    return errorForKey(attempted, textOf(root, 'messageKey'), textOf(root, 'message'));
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
}

function versionFromJson(attempted: string, text: string): TargetVersion {
  let response: unknown;
  try {
    response = (JSON.parse(text) as { response?: unknown }).response;
  } catch {
    response = undefined;
  }
  if (typeof response !== 'object' || response === null) throw new HarnessError('TARGET_NOT_BBB', `${attempted}: the JSON answer has no "response"`);
  const field = (name: string): string | undefined => {
    const value = (response as Record<string, unknown>)[name];
    return typeof value === 'string' && value !== '' ? value.slice(0, 300) : undefined;
  };
  return { apiVersion: field('apiVersion') ?? field('version') ?? '', bbbVersion: field('bbbVersion'), graphqlWebsocketUrl: field('graphqlWebsocketUrl') };
}
