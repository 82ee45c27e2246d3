import type { Clock } from '../core/clock.js';
import { codeOf, type ErrorCode } from '../core/errors.js';
import { checkStatus, readApiAnswer } from './answer.js';
import { CHECKSUM_ALGORITHMS, DEFAULT_ALGORITHM, type ChecksumAlgorithm } from './checksum.js';
import { normaliseApiUrl, signedUrl, type ApiParams, type ApiTarget } from './api-url.js';
import { DEFAULT_HTTP_LIMITS, HttpClient } from './http.js';
import { followJoin, joinQuery, type JoinedSession, type JoinParams } from './join.js';
import { meetingFrom, type MeetingInfo } from './meeting-info.js';
import { askVersion, type TargetVersion } from './target-version.js';
import { childOf, listOf, textOf, type XmlObject } from './xml.js';

export interface CreateParams {
  readonly meetingID: string;
  readonly name: string;
  /** `meta_…` values by name without the prefix; BBB makes the names lower case. */
  readonly meta?: Readonly<Record<string, string>>;
  readonly extra?: ApiParams;
}

/** One finished call, for metrics. `code` is undefined when it succeeded. */
export interface ApiCall {
  readonly call: ApiCallName;
  readonly durationMs: number;
  readonly code: ErrorCode | undefined;
  /** Host and port that were asked last: behind a balancer a join ends at the server that it chose. */
  readonly server: string;
}

export type ApiCallName = 'create' | 'join' | 'end' | 'getMeetings' | 'getMeetingInfo' | 'isMeetingRunning' | 'version';

export interface ApiOptions {
  readonly clock: Clock;
  /** For one HTTP exchange; a join has two to three. Default 15 s. */
  readonly timeoutMs?: number;
  /** Default 8 MB, about 30,000 attendees in getMeetings. */
  readonly maxAnswerBytes?: number;
  readonly onCall?: (call: ApiCall) => void;
}

/**
 * The BBB API of a server or a load balancer. Every method rejects with a HarnessError whose message names what was attempted and
 * the host, never the secret, a checksum or a token; or with the signal's reason.
 * Source: BBB docs/development/api.md; Scalelite bigbluebutton_api_controller.rb.
 */
export class BbbApi implements AsyncDisposable {
  readonly apiUrl: string;
  /** Host and port of the URL given: the balancer, if there is one. */
  readonly host: string;
  readonly #target: ApiTarget;
  readonly #options: ApiOptions;
  readonly #http: HttpClient;
  #algorithm: ChecksumAlgorithm;
  /** Told, or known by an answer: no other algorithm is tried. */
  #settled: boolean;

  /** Throws USAGE if the URL cannot be one of an API. */
  constructor(target: ApiTarget, options: ApiOptions) {
    const { clock, timeoutMs = DEFAULT_HTTP_LIMITS.timeoutMs, maxAnswerBytes = DEFAULT_HTTP_LIMITS.maxAnswerBytes } = options;
    this.apiUrl = normaliseApiUrl(target.url);
    this.host = new URL(this.apiUrl).host;
    this.#target = target;
    this.#options = options;
    this.#http = new HttpClient(clock, { timeoutMs, maxAnswerBytes });
    this.#algorithm = target.algorithm ?? DEFAULT_ALGORITHM;
    this.#settled = target.algorithm !== undefined;
  }

  /** What calls are signed with; before the first call it may not be what the target takes. */
  get algorithm(): ChecksumAlgorithm {
    return this.#algorithm;
  }

  /** Creates the meeting, or finds it there already (`duplicateWarning` is success). Nothing is recorded. */
  async create({ meetingID, name, meta = {}, extra }: CreateParams, signal: AbortSignal): Promise<{ readonly internalMeetingID: string; readonly createTime: string }> {
    const tags = Object.fromEntries(Object.entries(meta).map(([key, value]) => [`meta_${key}`, value]));
    const answer = await this.#call('create', { name, meetingID, record: false, ...tags, ...extra }, `create meeting "${name}"`, signal);
    return { internalMeetingID: textOf(answer, 'internalMeetingID'), createTime: textOf(answer, 'createTime') };
  }

  /** Signed URL that a browser opens to join. Contains a credential. */
  joinUrl(params: JoinParams): string {
    return signedUrl(this.apiUrl, 'join', joinQuery(params), this.#target.secret, this.#algorithm);
  }

  /**
   * Joins as a browser does, up to the client's address; see `followJoin`. `sentTo` is told the server as soon as a balancer sends the user there, whether
   * or not it lets them in; that of a target without a balancer only once it has.
   */
  async join(params: JoinParams, signal: AbortSignal, sentTo: (server: string) => void = () => undefined): Promise<JoinedSession> {
    const session = await this.#measured('join', (at) =>
      followJoin(this.#http, `join "${params.fullName}" at ${this.host}`, this.joinUrl(params), signal, (host) => {
        at(host);
        if (host !== this.host) sentTo(host);
      }),
    );
    sentTo(session.server);
    return session;
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

  /** False also for a meeting that does not exist, and until someone has joined. */
  async isMeetingRunning(meetingID: string, signal: AbortSignal): Promise<boolean> {
    return textOf(await this.#call('isMeetingRunning', { meetingID }, 'ask whether a meeting runs', signal), 'running') === 'true';
  }

  version(signal: AbortSignal): Promise<TargetVersion> {
    return this.#measured('version', () => askVersion(this.#http, this.apiUrl, `ask ${this.host} for its version`, signal));
  }

  /** The version of the server that a join led to, which also names its GraphQL address. */
  versionOf(session: Pick<JoinedSession, 'clientUrl' | 'server'>, signal: AbortSignal): Promise<TargetVersion> {
    return this.#measured('version', (at) => {
      at(session.server);
      return askVersion(this.#http, normaliseApiUrl(new URL(session.clientUrl).origin), `ask ${session.server} for its version`, signal);
    });
  }

  /** Target's clock minus ours, ms (its `Date` header has whole seconds, so ±1 s is none); undefined if it does not say. */
  async clockSkewMs(signal: AbortSignal): Promise<number | undefined> {
    const { clock } = this.#options;
    const beforeMs = clock.wallMs();
    const { dateMs } = await this.#http.get(`ask ${this.host} for the time`, this.apiUrl, signal);
    return dateMs === undefined ? undefined : dateMs + 500 - (beforeMs + clock.wallMs()) / 2;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#http[Symbol.asyncDispose]();
  }

  #call(call: ApiCallName, params: ApiParams, what: string, signal: AbortSignal): Promise<XmlObject> {
    const attempted = `${what} at ${this.host}`;
    return this.#measured(call, () =>
      this.#signed(async (algorithm) => {
        const answer = await this.#http.get(attempted, signedUrl(this.apiUrl, call, params, this.#target.secret, algorithm), signal);
        checkStatus(attempted, answer);
        return readApiAnswer(attempted, answer.text);
      }),
    );
  }

  /**
   * A server whose supportedChecksumAlgorithms lack ours refuses the checksum as it does that of a wrong secret. Until one was accepted
   * the others are tried, once, the strongest first; a call refused for its checksum has done nothing, so that it can be repeated.
   */
  async #signed(ask: (algorithm: ChecksumAlgorithm) => Promise<XmlObject>): Promise<XmlObject> {
    const first = this.#algorithm;
    try {
      return await this.#tried(ask, first);
    } catch (error) {
      if (codeOf(error) !== 'API_CHECKSUM') throw error;
      // Found by another call meanwhile.
      if (first !== this.#algorithm) return ask(this.#algorithm);
      if (this.#settled) throw error;
      for (const algorithm of CHECKSUM_ALGORITHMS.filter((one) => one !== first).reverse()) {
        try {
          return await this.#tried(ask, algorithm);
        } catch (other) {
          if (codeOf(other) !== 'API_CHECKSUM') throw other;
        }
      }
      this.#settled = true;
      throw error;
    }
  }

  async #tried(ask: (algorithm: ChecksumAlgorithm) => Promise<XmlObject>, algorithm: ChecksumAlgorithm): Promise<XmlObject> {
    const accepted = (): void => {
      this.#algorithm = algorithm;
      this.#settled = true;
    };
    try {
      const answer = await ask(algorithm);
      accepted();
      return answer;
    } catch (error) {
      if (codeOf(error) === 'MEETING_NOT_FOUND') accepted();
      throw error;
    }
  }

  async #measured<T>(call: ApiCallName, work: (at: (server: string) => void) => Promise<T>): Promise<T> {
    const { clock, onCall } = this.#options;
    const startMs = clock.nowMs();
    let server = this.host;
    const done = (code: ErrorCode | undefined): void => onCall?.({ call, durationMs: clock.nowMs() - startMs, code, server });
    let result: T;
    try {
      result = await work((host) => (server = host));
    } catch (error) {
      done(codeOf(error));
      throw error;
    }
    done(undefined);
    return result;
  }
}
