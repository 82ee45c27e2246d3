import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { readApiAnswer } from '../../src/bbb/answer.js';
import { parseClientFrame, parseServerFrame, subscribeFrame } from '../../src/bbb/graphql.js';
import { joinErrorOf } from '../../src/bbb/join-redirect.js';
import { patched } from '../../src/bbb/json-patch.js';
import { meetingFrom } from '../../src/bbb/meeting-info.js';
import { OPERATIONS, type Operation } from '../../src/bbb/operations.js';
import { parseSfuEvent, parseSfuRequest } from '../../src/bbb/sfu.js';
import { versionFromJson } from '../../src/bbb/target-version.js';
import { listOf, childOf, parseResponse } from '../../src/bbb/xml.js';
import { systemClock } from '../../src/core/clock.js';
import { HarnessError } from '../../src/core/errors.js';
import { packageRoot } from '../../src/core/paths.js';
import { seededRandom, type Random } from '../../src/core/random.js';
import { iceServersOf } from '../../src/native/discovery.js';
import { GraphqlSession } from '../../src/native/graphql-session.js';
import { MeetingView } from '../../src/native/meeting-view.js';
import { sfuFramesOf } from '../../src/native/sfu-frames.js';
import { Sights } from '../../src/native/sights.js';
import { ReceiveStats } from '../../src/rtc/receive-stats.js';
import { buildPli, buildSenderReport, readFeedback, roundTripMs } from '../../src/rtc/rtcp.js';
import { buildPacket, isRtcp, isRtp, payloadLength, payloadOffset } from '../../src/rtc/rtp.js';
import { attribute, isUsable, payloadTypeOf, transportOf } from '../../src/rtc/sdp.js';
import { beginsKeyFrame } from '../../src/rtc/vp8.js';
import { checkScenario } from '../../src/scenario/check.js';
import { bytesOf, damagedBytes, damagedJson, damagedText, deep, jsonValue, pick, piecesOf } from './fuzz-input.js';

/** One thing that reads what others wrote. A case is made from a seed alone, so that it can be had again. */
export interface FuzzTarget {
  readonly name: string;
  /** Makes the case of this seed and runs it. Throws what the reader threw, HarnessErrors left out, or what is wrong with the answer. */
  readonly run: (seed: number) => void;
  /** Of the cases that take one second, roughly: how a bounded number is shared out. */
  readonly weight: number;
}

const fixture = (name: string): string => readFileSync(join(packageRoot(), 'test', 'fixtures', name), 'utf8');
const capture = <T>(name: string): T => JSON.parse(fixture(join('captures', name))) as T;

/** Runs a reader; what it may throw is a HarnessError that is none of our bugs. Undefined: it threw one. */
export function onlyHarnessErrors<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof HarnessError && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}

export function require(held: boolean, what: string): void {
  if (!held) throw new Error(what);
}

export function target(name: string, weight: number, work: (random: Random) => void): FuzzTarget {
  return { name, weight, run: (seed) => work(seededRandom(seed)) };
}

// What BBB says over HTTP.

const MEETINGS = `<response><returncode>SUCCESS</returncode><meetings><meeting><meetingID>m1</meetingID><meetingName>Maths &amp; more</meetingName><createTime>1700000000000</createTime><participantCount>3</participantCount><moderatorCount>1</moderatorCount><running>true</running><attendees><attendee><userID>u1</userID><fullName><![CDATA[A <b>]]></fullName><role>MODERATOR</role></attendee></attendees><metadata><firstbell-run>r</firstbell-run></metadata></meeting></meetings></response>`;
const ANSWERS = [MEETINGS, '<response><returncode>FAILED</returncode><messageKey>checksumError</messageKey><message>no</message></response>', '<?xml version="1.0"?>\n<response><returncode>SUCCESS</returncode><version>2.0</version><bbbVersion>3.0.19</bbbVersion></response>', fixture('captures/api-create.json'), fixture('captures/api-join.json')];
const XML = ['<response>', '</response>', '<meetings>', '</meetings>', '<meeting>', '</meeting>', '<attendees>', '</attendees>', '<a/>', '<__proto__>', '</__proto__>', '<toString>', '</toString>', '<![CDATA[', ']]>', '<!--', '-->', '<!DOCTYPE x [<!ENTITY a "b">]>', '<?xml version="1.0"?>', '&amp;', '&#0;', '&#x110000;', '&x;', '<a b="', '">', '<', '>', '&', 'SUCCESS', '<returncode>', '</returncode>', '\u0000', '<participantCount>', '</participantCount>', '1e9', '-1'];

function xml(random: Random): string {
  switch (random.int(12)) {
    case 0:
      return piecesOf(random, XML, 40);
    case 1:
      return `<response>${'<a>'.repeat(random.int(5_000))}`;
    case 2: {
      const levels = random.int(3_000);
      return `<response>${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}</response>`;
    }
    case 3:
      return MEETINGS.replace('Maths', piecesOf(random, XML, 10));
    default:
      return damagedText(random, ANSWERS);
  }
}

const xmlAnswers = target('XML answers', 3, (random) => {
  const text = xml(random);
  const root = onlyHarnessErrors(() => parseResponse(text));
  if (root) for (const meeting of listOf(childOf(root, 'meetings'), 'meeting')) onlyHarnessErrors(() => meetingFrom(meeting));
  onlyHarnessErrors(() => readApiAnswer('ask', text));
  onlyHarnessErrors(() => versionFromJson('ask', text));
  joinErrorOf('join', text);
  joinErrorOf('join', `https://h/client?errors=${encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ''))}`);
  iceServersOf(text);
});

// GraphQL.

interface RecordedOperation {
  readonly operationName: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly responses: readonly { readonly payload?: { readonly data?: Record<string, unknown> } }[];
}

const RECORDED = capture<{ operations: readonly RecordedOperation[] }>('graphql-operations.json').operations;
const GRAPHQL_FRAMES = RECORDED.flatMap(({ operationName, query, variables, responses }) => [subscribeFrame('1', { operationName, query, variables }), ...responses.map((answer) => JSON.stringify({ id: '1', ...answer }))]);
const WORDS = [...new Set([...'user_current userId authToken joined name raiseHand user_camera streamId message messageId chat public totalMessages pres_page_curr pageId num totalPages presentationId aggregate count talking voice listenOnly screenshare meeting ended patch op path value from add remove replace move copy test data errors id type payload next error complete map slice filter length constructor prototype __proto__ toString hasOwnProperty 0 1 -'.split(' ')])];
const BUILT_IN = JSON.stringify(Object.getOwnPropertyNames(Object.prototype).concat(Object.getOwnPropertyNames(Array.prototype)));

function unpolluted(): void {
  require(JSON.stringify(Object.getOwnPropertyNames(Object.prototype).concat(Object.getOwnPropertyNames(Array.prototype))) === BUILT_IN, 'a prototype was changed');
  require(Object.keys(Object.prototype.toString).length === 0 && Object.keys(Array.prototype.map).length === 0, 'a built-in function was changed');
}

const graphqlFrames = target('GraphQL frames', 20, (random) => {
  const text = random.int(200) === 0 ? `{"id":"1","type":"next","payload":{"data":${deep(random, '')}}}` : random.int(4) === 0 ? JSON.stringify(jsonValue(random, WORDS, 5)) : damagedText(random, GRAPHQL_FRAMES);
  const frame = parseServerFrame(text);
  if (frame?.type === 'error') for (const { message, messageId } of frame.errors) require(message.length <= 500 && (messageId ?? '').length <= 64, 'an error is longer than it may be');
  parseClientFrame(text);
});

function patchPath(random: Random): string {
  return Array.from({ length: random.int(5) }, () => `/${pick(random, [...WORDS, '0', '1', '2', '3', '~0', '~1', '00', '99999', '4294967294', ''])}`).join('');
}

/** A patch with operations of all kinds, some of them nonsense; often one that doubles what is there, again and again. */
function patch(random: Random): unknown[] {
  if (random.int(6) === 0) return Array.from({ length: 40 }, (_, level) => ({ op: 'copy', from: '', path: `/0/${'a'.repeat((level % 3) + 1)}` }));
  return Array.from({ length: random.int(8) }, () => (random.int(10) === 0 ? jsonValue(random, WORDS) : { op: pick(random, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'add', 'replace', '_get', 'toString']), path: random.int(12) === 0 ? jsonValue(random, WORDS) : patchPath(random), from: patchPath(random), value: jsonValue(random, WORDS) }));
}

const DOCUMENTS = RECORDED.flatMap(({ responses }) => responses.flatMap(({ payload }) => Object.values(payload?.data ?? {})));
const LARGEST_DOCUMENT = Math.max(...DOCUMENTS.map((document) => JSON.stringify(document).length));

const jsonPatches = target('JSON patches', 20, (random) => {
  let document: unknown = structuredClone(pick(random, DOCUMENTS));
  for (let patches = 1 + random.int(4); patches > 0 && document !== undefined; patches--) document = patched(document, patch(random));
  if (document === undefined) return;
  const text = JSON.stringify(document) ?? '';
  require(text.length < LARGEST_DOCUMENT + 200_000, `a document has grown to ${text.length} characters`);
  require(!Array.isArray(document) || Object.keys(document).length === document.length, 'a list has fields, or holes');
  if (random.int(100) === 0) unpolluted();
});

/** A socket that says what it is told to, and ignores what it hears. */
class DeafSocket extends EventEmitter {
  readyState = 1;
  readonly sent: string[] = [];
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 3;
  }
  terminate(): void {
    this.close();
  }
}

const SUBSCRIBED: readonly Operation[] = OPERATIONS.filter(({ kind }) => kind === 'subscription').slice(0, 24);

/** A user's whole reading side: the session with its patches, what it knows of the meeting, what it reports. */
const graphqlSessions = target('GraphQL sessions', 2, (random) => {
  const socket = new DeafSocket();
  const view = new MeetingView();
  const sights = new Sights(() => undefined);
  const quiet = (): undefined => undefined;
  const session = new GraphqlSession({ url: 'ws://h/graphql', origin: 'http://h', cookie: '', sessionToken: 't', clientSessionUuid: 'u', clock: systemClock, events: { interrupted: quiet, resumed: quiet, limited: quiet, refused: quiet, ended: quiet }, connect: () => socket as unknown as WebSocket });
  void session.open();
  socket.emit('message', Buffer.from('{"type":"connection_ack"}'));
  for (const one of SUBSCRIBED) {
    session.subscribe(one, {}, (document) => {
      view.take(one, document);
      sights.look(one.rootField, view);
    });
  }
  const ids = socket.sent.map((text) => (JSON.parse(text) as { id: string }).id);
  for (let frames = 3 + random.int(10); frames > 0; frames--) {
    const at = random.int(ids.length);
    const { rootField, operationName } = SUBSCRIBED[at]!;
    const whole = RECORDED.find((one) => one.operationName === operationName)?.responses[0]?.payload?.data?.[rootField];
    const data = random.int(2) === 0 ? { [rootField]: [], patch: patch(random) } : { [rootField]: random.int(3) === 0 ? jsonValue(random, WORDS, 4) : damagedJson(random, whole ?? [{}], WORDS) };
    const frame = JSON.stringify({ id: ids[at], type: 'next', payload: { data } });
    socket.emit('message', Buffer.from(random.int(6) === 0 ? damagedText(random, [frame]) : frame));
    readAll(view);
  }
  session.close();
});

function readAll(view: MeetingView): void {
  const { cameras, names, handsUp, talking, messages, presentation, pageId, userId, members, messageCount } = view;
  void [view.joined, view.presenter, view.moderator, view.hasMeeting, view.screenShared, view.hasMicrophone, view.outBecause, presentation];
  for (const text of [...cameras.flatMap(({ streamId, userId: of }) => [streamId, of]), ...names, ...handsUp, ...talking, ...messages.map(({ id }) => id), pageId, userId]) require(typeof text === 'string' && text.length <= 256, 'a text is longer than it may be');
  require(messageCount >= 0 && (members ?? 0) >= 0, 'a count is below 0');
}

// SFU, SDP, RTP.

const SFU_MESSAGES = Object.values(capture<{ flows: Record<string, { messages: readonly { message: Record<string, unknown> }[] }> }>('sfu-signaling.json').flows).flatMap(({ messages }) => messages.map(({ message }) => message));
const SFU_FRAMES = SFU_MESSAGES.map((message) => JSON.stringify(message));
const SDPS = SFU_MESSAGES.flatMap((message) => Object.values(message)).filter((value): value is string => typeof value === 'string' && value.startsWith('v=0'));

const sfuFrames = target('SFU frames', 20, (random) => {
  const text = random.int(200) === 0 ? `{"id":"error","type":"audio","error":${deep(random, '')}}` : random.int(4) === 0 ? JSON.stringify(damagedJson(random, pick(random, SFU_MESSAGES), WORDS)) : damagedText(random, SFU_FRAMES);
  const event = parseSfuEvent(text);
  if (event?.id === 'error') require(Number.isInteger(event.code) && event.reason.length <= 200 && event.cameraId.length <= 256, 'an error is not what it may be');
  parseSfuRequest(text);
  for (const dir of ['sent', 'received'] as const) sfuFramesOf([{ frames: [{ dir, atMs: 0, text }], template: (_name, value) => value }]);
});

const LINES = ['v=0', 'm=audio 9 X 111', 'm=video', 'a=ice-ufrag:x', 'a=ice-pwd:y', 'a=fingerprint:sha-256 AB', 'a=candidate:1 1 udp 5 127.0.0.1 99999 typ host', `a=candidate:${'1 '.repeat(2_000)}`, 'a=rtpmap:111 opus/48000/2', '\u0000', 'a=', '', ' '.repeat(5_000)];

const sdps = target('SDP', 20, (random) => {
  const sdp = random.int(3) === 0 ? piecesOf(random, LINES.flatMap((line) => [line, '\r\n']), 40) : damagedText(random, SDPS);
  const transport = transportOf(sdp);
  if (transport) require(Object.values(transport).every((part) => part !== '') && transport.port <= 65_535, 'a part of the transport is empty, or no port');
  isUsable(sdp, pick(random, ['audio', 'video'] as const));
  payloadTypeOf(sdp, pick(random, ['opus', 'VP8'] as const));
  attribute(sdp, pick(random, ['setup', 'mid', 'ice-ufrag']));
});

const PACKETS = [buildPacket({ payloadType: 111, sequenceNumber: 65_535, timestamp: 4_294_967_295, ssrc: 7, marker: true }, Buffer.alloc(80, 0x55)), buildPacket({ payloadType: 96, sequenceNumber: 0, timestamp: 90_000, ssrc: 9, marker: false }, Buffer.from('90808001000011', 'hex')), buildPli(1, 7), buildSenderReport(7, 1_700_000_000_000, 48_000, 10, 800)];

const rtp = target('RTP and RTCP', 40, (random) => {
  const stats = new ReceiveStats(pick(random, ['audio', 'video'] as const));
  let atMs = 0;
  for (let packets = 1 + random.int(20); packets > 0; packets--) {
    const packet = random.int(4) === 0 ? bytesOf(random, 120) : damagedBytes(random, PACKETS);
    atMs += random.int(300);
    if (isRtcp(packet)) {
      require(readFeedback(packet).nacked <= 17 * 40, 'more packets were asked for than a NACK can name');
      const trip = roundTripMs(packet, 7, 1_700_000_000_000 + atMs);
      require(trip === undefined || (trip >= 0 && Number.isFinite(trip)), 'a round trip is no time');
    }
    if (!isRtp(packet)) continue;
    const offset = payloadOffset(packet);
    require(offset === -1 || (offset >= 12 && offset <= packet.length), 'the payload begins outside the packet');
    require(payloadLength(packet) >= 0 && payloadLength(packet) <= packet.length, 'the payload is longer than the packet');
    beginsKeyFrame(packet, Math.max(0, offset));
    stats.packet(packet, atMs);
  }
  const { packets, bytes, lost, reordered, gaps, frames, keyFrames, jitterMs } = stats.take();
  for (const [name, value] of Object.entries({ packets, bytes, lost, reordered, gaps, frames, keyFrames, jitterMs })) require(Number.isFinite(value) && value >= 0, `${name} is ${value}`);
});

// Scenario files.

const SCENARIOS = ['first-bell-demo', 'crowd', 'smoke', 'school-day'].map((name) => readFileSync(join(packageRoot(), 'scenarios', `${name}.yaml`), 'utf8').replace(/#.*$/gm, ''));
const YAML = ['a: ', '- ', '\n', '  ', '&a ', '*a', '!!binary x', '!t ', '<<: *a', '? ', '[', ']', '{', '}', '"', "'", '|\n', '>\n', '---\n', '...\n', '%YAML 1.1\n', 'load:\n', 'meetings:\n', 'users: ', '1e999', '0x7f', '.inf', '~', '__proto__: 1\n', 'constructor: {}\n', ',', ': ', '#', '\t', '1h', '100%', 'stages: [{ duration: 5s, target: 9999999999 }]\n'];

/** Every alias stands for two of the one before. */
function aliasBomb(random: Random): string {
  const levels = 5 + random.int(60);
  return `a0: &a0 [x, x]\n${Array.from({ length: levels }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]\n`).join('')}load: *a${levels}\n`;
}

const scenarios = target('Scenario files', 1, (random) => {
  const text = [() => aliasBomb(random), () => deep(random, ''), () => piecesOf(random, YAML, 80), () => Array.from({ length: 1 + random.int(200) }, (_, level) => `${' '.repeat(level)}a:`).join('\n')][random.int(20)]?.() ?? damagedText(random, SCENARIOS);
  const checked = checkScenario(text, 'fuzz.yaml');
  if (checked.ok) return;
  require(checked.problems.length > 0 && checked.problems.length <= 201, `there are ${checked.problems.length} problems`);
  for (const { message, line, column } of checked.problems) require(message !== '' && line >= 1 && column >= 1, 'a problem stands nowhere');
});

export const WIRE_TARGETS: readonly FuzzTarget[] = [xmlAnswers, graphqlFrames, jsonPatches, graphqlSessions, sfuFrames, sdps, rtp, scenarios];
