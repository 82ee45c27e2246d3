import { setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { readApiAnswer } from '../bbb/answer.js';
import { BbbApi } from '../bbb/api.js';
import { signedUrl } from '../bbb/api-url.js';
import { verifyChecksum } from '../bbb/checksum.js';
import { childOf, listOf, type XmlObject } from '../bbb/xml.js';
import { every, type Clock } from '../core/clock.js';
import { HttpClient } from '../bbb/http.js';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { uniqueToken } from '../core/random.js';
import { failed, json, redirect, xml, type Answer } from './api/answers.js';
import { withoutChecksum } from './api/calls.js';
import { answer } from './api/routes.js';
import { parseFault, type Faults } from './faults.js';

export interface Backend {
  readonly name: string;
  readonly apiUrl: string;
  readonly secret: string;
}

/** load: users, as Scalelite knows them · meetings: those that are open, which are known at once; without a common past, the same calls go the same way. */
export const PLACE_BY = ['load', 'meetings'] as const;
export type PlaceBy = (typeof PLACE_BY)[number];

export interface BalancerOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly faults: Faults;
  readonly backends: readonly Backend[];
  readonly pollEveryMs: number;
  /** By what a meeting goes to the server that has least. */
  readonly placeBy: PlaceBy;
  state(): Record<string, unknown>;
}

interface Node extends Backend {
  readonly api: BbbApi;
  load: number;
  failures: number;
  online: boolean;
}

/** Scalelite: a meeting younger than this counts at least LOAD_MIN_USER_COUNT users. */
const JOIN_BUFFER_MS = 15 * 60_000;
const MIN_USERS = 15;
const UNHEALTHY_AFTER = 2;
const ALGORITHMS = ['sha1', 'sha256', 'sha512'] as const;
const NO_MEETING = 'We could not find a meeting with that meeting ID - perhaps the meeting is not yet running?';
const NO_ACCESS = 'Unable to access server.';

/** A load balancer that answers as Scalelite does (bbb-protocol §2): it places meetings, redirects joins, relays the rest. */
export class Balancer implements AsyncDisposable {
  readonly #options: BalancerOptions;
  readonly #http: FastifyInstance = fastify({ forceCloseConnections: true });
  readonly #relay: HttpClient;
  readonly #nodes: Node[];
  /** External meeting id → its server and when it was placed. */
  readonly #meetings = new Map<string, { readonly node: Node; readonly sinceMs: number }>();
  readonly #stopped = new AbortController();
  #origin = '';

  constructor(options: BalancerOptions) {
    this.#options = options;
    // Every call that is relayed listens to it until its answer; Node warns of more than ten.
    setMaxListeners(0, this.#stopped.signal);
    this.#relay = new HttpClient(options.clock);
    this.#nodes = options.backends.map((backend) => ({ ...backend, api: new BbbApi({ url: backend.apiUrl, secret: backend.secret }, { clock: options.clock }), load: 0, failures: 0, online: true }));
  }

  get apiUrl(): string {
    return `${this.#origin}/bigbluebutton/api`;
  }

  async listen(): Promise<void> {
    const { host, port, clock, pollEveryMs, faults } = this.#options;
    this.#http.get('/bigbluebutton/api', (_request, reply) => answer(reply, xml({ returncode: 'SUCCESS', version: '2.0' })));
    this.#http.get('/bigbluebutton/api/', (_request, reply) => answer(reply, xml({ returncode: 'SUCCESS', version: '2.0' })));
    this.#http.get('/health_check', (_request, reply) => reply.type('text/plain').send('success'));
    this.#http.get('/sim/state', (_request, reply) => reply.send(this.#options.state()));
    this.#http.get<{ Params: { id: string } }>('/sim/meetings/:id', (request, reply) => answer(reply, this.#meetingState(request.params.id)));
    this.#http.post<{ Body: unknown }>('/sim/faults', (request, reply) => {
      const list = Array.isArray(request.body) ? request.body.slice(0, 100).map((text) => parseFault(String(text))) : [];
      faults.replace(list);
      return reply.send({ faults: list.length });
    });
    const call = async (request: FastifyRequest<{ Params: { call: string } }>, reply: FastifyReply): Promise<FastifyReply> => answer(reply, await this.#answer(request.params.call, request.raw.url ?? ''));
    this.#http.get<{ Params: { call: string } }>('/bigbluebutton/api/:call', call);
    await this.#http.listen({ host, port });
    const { address, port: bound } = this.#http.server.address() as AddressInfo;
    this.#origin = `http://${address.includes(':') ? `[${address}]` : address}:${bound}`;
    void every(clock, pollEveryMs, this.#stopped.signal, () => this.#poll());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#http.close();
    await this.#relay[Symbol.asyncDispose]();
    for (const node of this.#nodes) await node.api[Symbol.asyncDispose]();
  }

  async #answer(call: string, url: string): Promise<Answer> {
    const { signed, checksum } = withoutChecksum(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
    if (!verifyChecksum(checksum, call, signed, this.#options.secret, ALGORITHMS)) return failed('checksumError', 'You did not pass the checksum security check');
    const query = new URLSearchParams(signed);
    switch (call) {
      case 'create':
        return this.#create(query);
      case 'join':
        return this.#join(query);
      case 'getMeetings':
        return this.#getMeetings();
      case 'end':
      case 'getMeetingInfo':
      case 'isMeetingRunning':
        return this.#relayed(call, query);
      default:
        return failed('unsupportedRequest', 'This request is not supported.');
    }
  }

  async #create(query: URLSearchParams): Promise<Answer> {
    const meetingId = query.get('meetingID') ?? '';
    if (meetingId === '') return failed('missingParamMeetingID', 'You must specify a meeting ID for the meeting.');
    this.#forgetIfDown(meetingId);
    const node = this.#meetings.get(meetingId)?.node ?? this.#leastLoaded();
    if (!node) return failed('internalError', 'Could not find any available servers.');
    if (!this.#meetings.has(meetingId)) {
      this.#meetings.set(meetingId, { node, sinceMs: this.#options.clock.nowMs() });
      node.load += 1;
    }
    if (query.get('moderatorPW') === null) query.set('moderatorPW', uniqueToken(8));
    return this.#get(node, 'create', query, 'Unable to create meeting on server.');
  }

  #join(query: URLSearchParams): Answer {
    const node = this.#meetings.get(query.get('meetingID') ?? '')?.node;
    if (!node) return failed('notFound', NO_MEETING);
    if (!this.#isUp(node)) return failed('serverUnavailable', 'The server for this meeting is disabled/offline.');
    node.load += 1;
    return redirect(signedUrl(node.apiUrl, 'join', Object.fromEntries(query), node.secret));
  }

  async #relayed(call: string, query: URLSearchParams): Promise<Answer> {
    const meetingId = query.get('meetingID') ?? '';
    const node = this.#meetings.get(meetingId)?.node;
    if (!node) return call === 'isMeetingRunning' ? xml({ returncode: 'SUCCESS', running: false }) : failed('notFound', NO_MEETING);
    const relayed = await this.#get(node, call, query, 'Unable to access meeting on server.');
    if (call === 'end') this.#meetings.delete(meetingId);
    return relayed;
  }

  /** Asks every server one after the other; one that fails fails the whole call, as in Scalelite. */
  async #getMeetings(): Promise<Answer> {
    const all: XmlObject[] = [];
    for (const node of this.#nodes.filter((one) => this.#isUp(one))) {
      const { body } = await this.#get(node, 'getMeetings', new URLSearchParams(), NO_ACCESS);
      try {
        all.push(...listOf(childOf(readApiAnswer(`list the meetings of ${node.name}`, body), 'meetings'), 'meeting'));
      } catch (error) {
        this.#options.logger.log('debug', `balancer: ${messageOf(error)}`);
        return failed('internalError', NO_ACCESS);
      }
    }
    if (all.length === 0) return xml({ returncode: 'SUCCESS', meetings: '', messageKey: 'noMeetings', message: 'No meetings were found on this server.' });
    return xml({ returncode: 'SUCCESS', meetings: { meeting: all } });
  }

  async #get(node: Node, call: string, query: URLSearchParams, whenDown: string): Promise<Answer> {
    try {
      const { status, text } = await this.#relay.get(`relay ${call}`, signedUrl(node.apiUrl, call, Object.fromEntries(query), node.secret), this.#stopped.signal);
      return status === 200 ? { status, type: 'text/xml;charset=utf-8', body: text } : failed('internalError', whenDown);
    } catch (error) {
      this.#options.logger.log('debug', `balancer: ${call} on ${node.name} failed: ${messageOf(error)}`);
      return failed('internalError', whenDown);
    }
  }

  #leastLoaded(): Node | undefined {
    if (this.#options.faults.on('balancer', 'no-servers') !== undefined) return undefined;
    const has = (node: Node): number => (this.#options.placeBy === 'load' ? node.load : [...this.#meetings.values()].filter((placed) => placed.node === node).length);
    return this.#nodes
      .filter((node) => this.#isUp(node))
      .map((node) => ({ node, has: has(node) }))
      .reduce<{ readonly node: Node; readonly has: number } | undefined>((best, one) => (!best || one.has < best.has ? one : best), undefined)?.node;
  }

  /** What is down is out at once, as when an operator takes it out; the next look of Scalelite would find it anyway. */
  #isUp(node: Node): boolean {
    return node.online && this.#options.faults.on(node.name, 'server-down') === undefined;
  }

  /** A meeting whose server is gone can be made again, elsewhere. */
  #forgetIfDown(meetingId: string): void {
    const node = this.#meetings.get(meetingId)?.node;
    if (node && !this.#isUp(node)) this.#meetings.delete(meetingId);
  }

  /** Load = users, moderators twice, at least 15 for a young meeting; two failures take a server offline with its meetings. */
  async #poll(): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    for (const node of this.#nodes) {
      try {
        const meetings = await node.api.getMeetings(this.#stopped.signal);
        node.failures = 0;
        node.online = true;
        node.load = meetings.filter(({ isBreakout }) => !isBreakout).reduce((sum, { meetingID, participants, moderators }) => {
          const young = nowMs - (this.#meetings.get(meetingID)?.sinceMs ?? nowMs) < JOIN_BUFFER_MS;
          return sum + Math.max(participants + moderators, young ? MIN_USERS : 0);
        }, 0);
      } catch {
        if (++node.failures < UNHEALTHY_AFTER) continue;
        node.online = false;
        for (const [meetingId, placed] of this.#meetings) if (placed.node === node) this.#meetings.delete(meetingId);
      }
    }
  }

  #meetingState(meetingId: string): Answer {
    const { servers } = this.#options.state() as { servers: { meetings: { meetingID: string }[] }[] };
    const found = servers.flatMap((server) => server.meetings).find((meeting) => meeting.meetingID === meetingId);
    return found ? json(found) : json({ error: 'no such meeting' }, 404);
  }
}

