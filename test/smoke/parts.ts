import { HarnessError, type ErrorCode } from '../../src/core/errors.js';

interface Part {
  readonly title: string;
  /** Where an operator looks when it is broken: services, logs, settings. */
  readonly look: string;
}

/** What a conference is made of, in the order in which a person meets it: what stands earlier breaks what stands later. */
export const PARTS = {
  api: { title: 'API', look: 'nginx and bbb-web on the server (`bbb-conf --check`, `systemctl status nginx bbb-web`, /var/log/bigbluebutton/bbb-web.log); the shared secret (`bbb-conf --secret`)' },
  'load-balancer': { title: 'Load balancer', look: 'the servers and their state in the balancer (Scalelite: `rake status`), its poll log, its redirects' },
  client: { title: 'Client page', look: 'nginx and the files of bbb-html5 on the server; the console and the trace of the failed test' },
  graphql: { title: 'GraphQL', look: '`systemctl status bbb-graphql-middleware bbb-graphql-server`, their journal, connection limits of the middleware, and whether nginx passes /graphql on as a WebSocket' },
  state: { title: 'Meeting state', look: '`systemctl status bbb-apps-akka bbb-graphql-actions redis-server postgresql`, and their journal' },
  ice: { title: 'ICE/TURN', look: 'UDP ports 16384-32768 in the firewall, external address of the media server behind NAT, coturn (`systemctl status coturn`, its secret and certificate), turn-stun-servers.xml' },
  'sfu-audio': { title: 'SFU audio', look: '`systemctl status bbb-webrtc-sfu freeswitch`, journal of bbb-webrtc-sfu, the media server (mediasoup) that it uses for audio' },
  'sfu-video': { title: 'SFU video', look: '`systemctl status bbb-webrtc-sfu`, its journal, its mediasoup workers and their ports' },
  livekit: { title: 'LiveKit', look: '`systemctl status livekit-server bbb-webrtc-sfu`, their journals (bbb-webrtc-sfu hands out the tokens), whether nginx passes /livekit on as a WebSocket, and the UDP ports of livekit.yaml in the firewall' },
  chat: { title: 'Chat', look: 'bbb-apps-akka, bbb-graphql-actions and the database: whether they lag (`journalctl -u bbb-apps-akka`), disk and CPU of the server' },
  'screen-share': { title: 'Screen share', look: 'bbb-webrtc-sfu (screen share is a stream of its own there), and whether screen sharing is disabled in the settings of the client' },
  reconnect: { title: 'Reload and reconnect', look: 'session handling: bbb-web, cookies through proxies, bbb-graphql-middleware (its journal at the time of the test)' },
  breakout: { title: 'Breakout rooms', look: 'bbb-apps-akka and bbb-web: a breakout room is a meeting that the server creates by itself; disabledFeatures' },
  end: { title: 'Meeting end', look: 'bbb-web and bbb-apps-akka: the end of a meeting goes through redis to every client' },
  native: { title: 'Native users', look: 'if Chromium is fine, Firstbell speaks an older wire than this server: `firstbell learn`, then `firstbell wire-diff`, and SMOKE_WIRE with the new profile' },
  wire: { title: 'Wire profile', look: 'the attached wire-diff.txt: what the client says now and did not say before. Read what it means for your integrations, then store the attached wire.json and name it by SMOKE_WIRE' },
  suite: { title: 'This machine', look: 'the machine that runs the suite: `firstbell doctor`, browser (FIRSTBELL_BROWSER), CPU and memory' },
} as const satisfies Readonly<Record<string, Part>>;

export type PartId = keyof typeof PARTS;

/** States that a check gives to a part; `changed` is worth reading and no failure. */
export type CheckState = 'ok' | 'broken' | 'not offered' | 'changed';

/** Annotation of a test as reports show it: type `smoke ok`, description `SFU audio: the pupil hears the teacher`. */
export interface CheckNote {
  readonly type: string;
  readonly description: string;
}

export function noteOf(state: CheckState, part: PartId, what: string): CheckNote {
  return { type: `smoke ${state}`, description: `${PARTS[part].title}: ${what}` };
}

/** The other way round; undefined for annotations of others. */
export function readNote({ type, description = '' }: { readonly type: string; readonly description?: string }): { readonly state: CheckState; readonly part: PartId; readonly what: string } | undefined {
  const state = (['ok', 'broken', 'not offered', 'changed'] as const).find((one) => type === `smoke ${one}`);
  const part = (Object.keys(PARTS) as PartId[]).find((id) => description.startsWith(`${PARTS[id].title}: `));
  return state === undefined || part === undefined ? undefined : { state, part, what: description.slice(PARTS[part].title.length + 2) };
}

/** A failure that knows which part it speaks of. */
export class PartError extends Error {
  readonly part: PartId;
  readonly hint: string | undefined;

  constructor(part: PartId, message: string, hint?: string) {
    super(message);
    this.name = 'PartError';
    this.part = part;
    this.hint = hint;
  }
}

/** Codes that tell by themselves which part it is, whatever was attempted. */
const PART_OF_CODE: Readonly<Partial<Record<ErrorCode, PartId>>> = {
  TARGET_UNREACHABLE: 'api',
  TARGET_TIMEOUT: 'api',
  TARGET_TLS: 'api',
  TARGET_HTTP_STATUS: 'api',
  TARGET_NOT_BBB: 'api',
  TARGET_ANSWER_TOO_LARGE: 'api',
  API_CHECKSUM: 'api',
  API_REFUSED: 'api',
  API_VALIDATION: 'api',
  MEETING_FULL: 'api',
  JOIN_DENIED: 'api',
  NO_SERVER_AVAILABLE: 'load-balancer',
  GRAPHQL_REFUSED: 'graphql',
  GRAPHQL_LIMIT: 'graphql',
  SUBSCRIPTION_REFUSED: 'graphql',
  BROWSER_MISSING: 'suite',
  BROWSER_FAILED: 'suite',
  FILE_UNREADABLE: 'suite',
};

/** Parts that are spoken to over sockets: what fails to connect there is not the API. */
const OVER_SOCKETS: readonly PartId[] = ['graphql', 'sfu-audio', 'sfu-video', 'client'];

/** Which part an error speaks of, when `asked` was being looked at. */
export function partOf(error: unknown, asked: PartId): PartId {
  if (error instanceof PartError) return error.part;
  if (!(error instanceof HarnessError)) return asked;
  const known = PART_OF_CODE[error.code];
  return known === undefined || (known === 'api' && OVER_SOCKETS.includes(asked)) ? asked : known;
}

/** The words of an error without call logs and colours, and its own hint. */
export function wordsOf(error: unknown): { readonly reason: string; readonly hint: string | undefined } {
  const hint = error instanceof HarnessError || error instanceof PartError ? error.hint : undefined;
  const text = error instanceof Error ? error.message : String(error);
   
  return { reason: text.replace(/\u001b\[[0-9;]*m/g, '').split('\nCall log')[0]!.replace(/\s+/g, ' ').trim().slice(0, 600), hint };
}
