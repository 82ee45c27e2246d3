import { HarnessError } from '../core/errors.js';

interface FaultKindInfo {
  readonly usage: string;
  readonly about: string;
  /** The value that the kind needs; undefined: none. */
  readonly value?: { readonly min: number; readonly max: number };
}

const KINDS = {
  'api-delay': { usage: 'api-delay=MS', about: 'every API answer comes MS milliseconds late', value: { min: 1, max: 120_000 } },
  'api-error': { usage: 'api-error=SHARE', about: 'this share (0–1) of API calls is answered with HTTP 502', value: { min: 0, max: 1 } },
  'api-html': { usage: 'api-html', about: 'the API answers with an HTML page' },
  'api-down': { usage: 'api-down', about: 'connections to the API are closed without an answer' },
  'server-down': { usage: 'server-down', about: 'the server is gone: no answer, its meetings and users are lost, the load balancer places nothing there' },
  full: { usage: 'full', about: 'joins are refused with maxParticipantsReached' },
  'no-servers': { usage: 'no-servers', about: 'the load balancer has no available server' },
  'end-after': { usage: 'end-after=MS', about: 'meetings are ended under their users MS after the first join', value: { min: 1, max: 86_400_000 } },
  'eject-after': { usage: 'eject-after=MS', about: 'every user is removed MS after joining', value: { min: 1, max: 86_400_000 } },
  'graphql-refuse': { usage: 'graphql-refuse', about: 'GraphQL sockets are refused with connections_limit_exceeded' },
  'graphql-drop-after': { usage: 'graphql-drop-after=MS', about: 'GraphQL sockets are closed MS after they opened', value: { min: 1, max: 86_400_000 } },
  'join-never': { usage: 'join-never', about: 'the client stays in the waiting state: joined never becomes true' },
  'no-audio': { usage: 'no-audio', about: 'the SFU refuses audio with 2001' },
  'no-webcam': { usage: 'no-webcam', about: 'the SFU refuses webcams that are shared with 2002' },
  'no-media': { usage: 'no-media', about: 'signalling succeeds, but no packet is forwarded' },
  'audio-delay': { usage: 'audio-delay=MS', about: 'sound reaches its listeners MS milliseconds late', value: { min: 1, max: 5_000 } },
  'video-delay': { usage: 'video-delay=MS', about: 'pictures reach their viewers MS milliseconds late', value: { min: 1, max: 5_000 } },
  'packet-loss': { usage: 'packet-loss=SHARE', about: 'this share (0–1) of the media packets from the server to each user is lost; what users send arrives', value: { min: 0, max: 1 } },
  'drop-every-nth-user': { usage: 'drop-every-nth-user=N', about: 'every Nth user is silently disconnected after joining', value: { min: 1, max: 1_000_000 } },
  'ghost-every-nth-user': { usage: 'ghost-every-nth-user=N', about: 'every Nth user is forgotten after joining: its own client goes on, but neither the server nor anybody else counts it', value: { min: 1, max: 1_000_000 } },
  'chat-delay': { usage: 'chat-delay=MS', about: 'chat messages are delivered MS late', value: { min: 1, max: 120_000 } },
} as const satisfies Record<string, FaultKindInfo>;

export type FaultKind = keyof typeof KINDS;

/** For `firstbell sim --help` and docs/simulator.md. */
export const FAULT_KINDS: readonly FaultKindInfo[] = Object.values(KINDS);

export interface Fault {
  /** Name of the server that has it; undefined: all, the balancer included. */
  readonly server: string | undefined;
  readonly kind: FaultKind;
  readonly value: number;
}

/** Parses `[server:]kind[=value]`. Throws USAGE. */
export function parseFault(text: string): Fault {
  const match = /^(?:([A-Za-z0-9_-]{1,32}):)?([a-z-]+)(?:=(.+))?$/.exec(text.trim());
  const kind = match?.[2];
  if (!match || kind === undefined || !(kind in KINDS)) {
    throw new HarnessError('USAGE', `"${text.slice(0, 60)}" is no fault`, { hint: `the kinds are ${Object.keys(KINDS).join(', ')}; e.g. bbb02:api-delay=2000` });
  }
  const info: FaultKindInfo = KINDS[kind as FaultKind];
  const value = Number(match[3]);
  if (info.value === undefined) {
    if (match[3] !== undefined) throw new HarnessError('USAGE', `the fault ${kind} takes no value`);
  } else if (match[3] === undefined || !(value >= info.value.min && value <= info.value.max)) {
    throw new HarnessError('USAGE', `the fault ${kind} needs a value from ${info.value.min} to ${info.value.max}`, { hint: info.usage });
  }
  return { server: match[1], kind: kind as FaultKind, value: info.value === undefined ? 1 : value };
}

/** The faults in force; may be replaced while the fleet runs. */
export class Faults {
  #all: readonly Fault[];

  constructor(all: readonly Fault[]) {
    this.#all = all;
  }

  get all(): readonly Fault[] {
    return this.#all;
  }

  replace(all: readonly Fault[]): void {
    this.#all = all;
  }

  /** Value of a fault on a server (1 for kinds without a value); undefined: not in force. */
  on(server: string, kind: FaultKind): number | undefined {
    return this.#all.find((fault) => fault.kind === kind && (fault.server === undefined || fault.server === server))?.value;
  }
}
