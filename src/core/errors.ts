/**
 * Every expected failure has a stable code. Codes are what callers match on and what samples, reports and `--json` carry;
 * docs/errors.md documents each one (a test compares).
 */
export const ERROR_CODES = {
  // wrong use
  USAGE: { exit: 2, about: 'The command line is wrong.' },
  SCENARIO_INVALID: { exit: 2, about: 'The scenario file has problems; `firstbell check` lists them.' },
  FILE_UNREADABLE: { exit: 2, about: 'A file that was named cannot be read.' },
  IMPORT_INVALID: { exit: 2, about: 'A file given to `firstbell import` is not one that it can read; the message names the line.' },
  SECRET_MISSING: { exit: 2, about: 'The environment variable that should hold the shared secret is not set.' },
  // could not run
  FILE_UNWRITABLE: { exit: 4, about: 'A file or folder of the run cannot be written: permissions, or no space left.' },
  TARGET_UNREACHABLE: { exit: 4, about: 'No connection to the target: name, port, firewall or service down.' },
  TARGET_TIMEOUT: { exit: 4, about: 'The target did not answer within the time limit.' },
  TARGET_TLS: { exit: 4, about: 'The TLS connection to the target failed (certificate, host name, protocol).' },
  TARGET_HTTP_STATUS: { exit: 4, about: 'The target answered with an HTTP error status.' },
  TARGET_NOT_BBB: { exit: 4, about: 'The answer is not a BigBlueButton API answer (HTML, broken XML, wrong root).' },
  TARGET_ANSWER_TOO_LARGE: { exit: 4, about: 'The answer is larger than Firstbell accepts.' },
  API_CHECKSUM: { exit: 4, about: 'The server refused the checksum: the shared secret is wrong.' },
  API_REFUSED: { exit: 4, about: 'The API answered FAILED with a messageKey that has no code of its own.' },
  API_VALIDATION: { exit: 4, about: 'The API refused a parameter.' },
  MEETING_NOT_FOUND: { exit: 4, about: 'The meeting does not exist on the server (ended, or never created).' },
  MEETING_ENDED: { exit: 4, about: 'The meeting has already been ended.' },
  MEETING_FULL: { exit: 4, about: 'The meeting or the server takes no more participants.' },
  MEETING_ID_TAKEN: { exit: 4, about: 'A meeting with this id but other settings exists.' },
  NO_SERVER_AVAILABLE: { exit: 4, about: 'The load balancer has no server to give.' },
  JOIN_DENIED: { exit: 4, about: 'The server did not let the user in (guest policy, ban, stale link).' },
  RUN_ACTIVE: { exit: 4, about: 'A process still works in that run folder.' },
  FOREIGN_MEETINGS: { exit: 4, about: 'Meetings that Firstbell did not create are running on the target.' },
  BROWSER_MISSING: { exit: 4, about: 'No Chromium that Playwright can drive was found.' },
  BROWSER_FAILED: { exit: 4, about: 'The browser did not start or crashed.' },
  PORT_IN_USE: { exit: 4, about: 'A port that was asked for is taken.' },
  BROKER_UNREACHABLE: { exit: 4, about: 'The NATS server does not answer, has no JetStream, or refuses the credentials.' },
  HOOK_FAILED: { exit: 4, about: 'A command of yours that takes servers out, or brings them back, did not end well.' },
  WORKERS_MISSING: { exit: 4, about: 'Fewer workers than asked for took a seat and became ready in time.' },
  // inside a virtual user's attendance: samples, never the end of the run
  CLIENT_ERROR_SCREEN: { exit: 3, about: 'The BBB client showed its error screen.' },
  CLIENT_NOT_READY: { exit: 3, about: 'The BBB client did not become usable in time.' },
  GRAPHQL_REFUSED: { exit: 3, about: 'The GraphQL server refused or ended a session: a limit of the middleware, or authorisation.' },
  GRAPHQL_LIMIT: { exit: 3, about: 'The GraphQL server refused one operation because the session had too many: queries or mutations per minute, subscriptions, length or depth of a query.' },
  SUBSCRIPTION_REFUSED: { exit: 3, about: 'The GraphQL server refused a subscription for another reason than a limit: what it is about, this user is never shown. Counted once for each operation and user; fields that another version does not have are the normal difference of versions and are not counted.' },
  AUDIO_FAILED: { exit: 3, about: 'Audio did not connect.' },
  MEDIA_NOT_FLOWING: { exit: 3, about: 'Connected, but no audio or video arrived in time.' },
  WEBCAM_FAILED: { exit: 3, about: 'The webcam could not be shared.' },
  STEP_FAILED: { exit: 3, about: 'A step inside the meeting (chat, hand, leave) did not succeed in time.' },
  KICKED: { exit: 3, about: 'The user was removed from the meeting or the meeting ended under them.' },
  CONNECTION_INTERRUPTED: { exit: 3, about: 'The connection to the meeting broke and was tried again, as the client does; counted each time.' },
  MEDIA_INTERRUPTED: { exit: 3, about: 'A media leg broke for a reason without a name in the SFU’s list, and was tried again.' },
  CONNECTION_LOST: { exit: 3, about: 'The connection to the meeting was lost and did not come back.' },
  GENERATOR_LIMIT: { exit: 5, about: 'This machine ran out of something that users need: open files, local ports, memory. A loss of the generator, not of the target.' },
  WORKER_LOST: { exit: 5, about: 'The worker that brought this user went silent: a loss of the generator, not of the target.' },
  // verdicts
  THRESHOLD_BROKEN: { exit: 3, about: 'A threshold did not hold.' },
  LOAD_NOT_DELIVERED: { exit: 5, about: 'This machine did not deliver the planned load on time; no verdict about the target.' },
  // ends
  STOPPED: { exit: 130, about: 'Stopped by the user (Ctrl-C).' },
  INTERNAL: { exit: 1, about: 'A bug in Firstbell.' },
} as const satisfies Record<string, { exit: number; about: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What a person can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An expected failure. Match on `code`, never on the message. Messages carry no secrets and no stack. */
export class HarnessError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'HarnessError';
    this.code = code;
    this.hint = more.hint;
  }
}

/** `code` of an unknown thrown value; anything that is not a HarnessError is our bug. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof HarnessError ? error.code : 'INTERNAL';
}

export function exitCodeOf(code: ErrorCode): number {
  return ERROR_CODES[code].exit;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Compile-time proof that a union was handled whole. */
export function unreachable(value: never): never {
  throw new HarnessError('INTERNAL', `unexpected value ${JSON.stringify(value)}`);
}
