import { BbbApi } from '../bbb/api.js';
import { normaliseApiUrl, type ApiTarget } from '../bbb/api-url.js';
import type { JoinedSession } from '../bbb/join.js';
import type { Clock } from '../core/clock.js';
import { codeOf, messageOf } from '../core/errors.js';
import { uniqueToken } from '../core/random.js';
import { CHECK_NAMES, failed, type Check, type CheckName, type Finding } from './check.js';
import { ApiMeetingHost } from './meetings.js';
import { acceptedAlgorithms, checksumFinding, probeClock, probeForeign, probeSecret, probeVersion } from './probe-api.js';
import { probeMedia } from './probe-media.js';
import { probeConnection, probeName, probeTls } from './probe-network.js';
import { probeGraphql, probeSfu, type SocketProbe } from './probe-sockets.js';

export interface ProbeOptions {
  readonly target: ApiTarget;
  readonly clock: Clock;
  /** For each single exchange; default 10 s. */
  readonly timeoutMs?: number;
  /** Told each check as soon as it is known, in the order of CHECK_NAMES. */
  readonly onCheck?: (check: Check) => void;
}

/**
 * Looks whether a target is fit for a run: from its name to the SFU of the server that a throw-away meeting got. What cannot be
 * looked at because something before it failed is `skipped`. The meeting is tagged, ended in any case, and expires by itself if
 * even that fails. Rejects only with the signal's reason, with USAGE for a URL that cannot be one, or because of a bug.
 */
export async function probeTarget(options: ProbeOptions, signal: AbortSignal): Promise<readonly Check[]> {
  const { target, clock, timeoutMs = 10_000 } = options;
  const url = new URL(normaliseApiUrl(target.url));
  const report = new Findings(options.onCheck, signal);
  const network = { url, clock, timeoutMs };
  await using api = new BbbApi(target, { clock, timeoutMs });

  const reachable =
    (await report.look('name', () => probeName(network, signal))) &&
    (await report.look('connection', () => probeConnection(network, signal))) &&
    (await report.look('tls', () => probeTls(network, signal))) &&
    (await report.look('api', () => probeVersion(api, signal)));
  if (!reachable) return report.skipRest('the target cannot be reached');

  // A failure to ask says nothing of algorithms; the secret's own check then meets and tells it.
  const accepted = await acceptedAlgorithms(target, { clock, timeoutMs }, signal).catch(() => []);
  if (!(await report.look('secret', () => probeSecret(api, signal)))) return report.skipRest('the secret is not accepted');
  await report.look('checksums', async () => checksumFinding(accepted));
  await report.look('clock', () => probeClock(api, signal));
  await report.look('other meetings', () => probeForeign(api, signal));
  await tryMeeting(api, { clock, timeoutMs }, report, signal);
  return report.checks;
}

/** Creates a meeting, joins it as one user, opens the sockets of a client, and ends it. */
async function tryMeeting(api: BbbApi, limits: Pick<SocketProbe, 'clock' | 'timeoutMs'>, report: Findings, signal: AbortSignal): Promise<void> {
  const host = new ApiMeetingHost(api, { expireIfUnusedMinutes: 2, expireWhenEmptyMinutes: 1 });
  const runId = `doctor-${uniqueToken(8)}`;
  const meetingId = `firstbell-${runId}`;
  let created = false;
  try {
    created = await report.look('create', async () => {
      await host.create({ meetingId, name: 'Firstbell doctor', runId }, signal);
      return { ok: true, detail: 'a throw-away meeting' };
    });
    if (!created) return void report.skipUntil('end', 'there is no meeting');
    let session: JoinedSession | undefined;
    await report.look('join', async () => {
      session = await api.join({ meetingID: meetingId, fullName: 'Firstbell doctor', role: 'MODERATOR', userID: runId }, signal);
      return joinFinding(session);
    });
    if (!session) return void report.skipUntil('end', 'nobody could join');
    const { graphqlWebsocketUrl: graphqlUrl } = await api.versionOf(session, signal).catch(() => ({ graphqlWebsocketUrl: undefined }));
    const probe: SocketProbe = { ...limits, session, graphqlUrl };
    await report.look('graphql', () => probeGraphql(probe, signal));
    await report.look('sfu', () => probeSfu(probe, signal));
    await report.look('media', () => probeMedia(probe, signal));
  } finally {
    // Not under the caller's signal: what was created is ended also after an abort; each call has its own time limit.
    const ending = await host.end(meetingId, new AbortController().signal).then<Finding, Finding>(
      () => (created ? { ok: true, detail: 'the meeting is ended' } : { ok: 'skipped', detail: 'there is no meeting' }),
      (error: unknown) => ({ ok: 'warn', detail: `${codeOf(error)}: ${messageOf(error)}`, help: 'the meeting expires by itself within two minutes' }),
    );
    if (!signal.aborted) await report.look('end', async () => ending);
  }
}

async function joinFinding({ server, hops, jar, clientUrl }: JoinedSession): Promise<Finding> {
  const detail = `client at ${server} after ${hops} redirect${hops === 1 ? '' : 's'}`;
  if (/(?:^|; )JSESSIONID=/.test(await jar.getCookieString(clientUrl))) return { ok: true, detail };
  return { ok: 'warn', detail: `${detail}, but without a session cookie`, help: 'does a proxy drop Set-Cookie? Sockets will be refused unless allowRequestsWithoutSession is set' };
}

/** Collects checks in the order of CHECK_NAMES. */
class Findings {
  readonly checks: Check[] = [];
  readonly #onCheck: ((check: Check) => void) | undefined;
  readonly #signal: AbortSignal;

  constructor(onCheck: ((check: Check) => void) | undefined, signal: AbortSignal) {
    this.#onCheck = onCheck;
    this.#signal = signal;
  }

  /** Whether the check did not fail. */
  async look(name: CheckName, work: () => Promise<Finding>): Promise<boolean> {
    let finding: Finding;
    try {
      finding = await work();
    } catch (error) {
      this.#signal.throwIfAborted();
      finding = failed(error);
    }
    this.#add({ name, ...finding });
    return finding.ok !== false;
  }

  skipRest(why: string): readonly Check[] {
    this.skipUntil(undefined, why);
    return this.checks;
  }

  /** Marks what has not been looked at, up to but without `end`. */
  skipUntil(end: CheckName | undefined, why: string): void {
    for (const name of CHECK_NAMES.slice(this.checks.length)) {
      if (name === end) return;
      this.#add({ name, ok: 'skipped', detail: why });
    }
  }

  #add(check: Check): void {
    this.checks.push(check);
    this.#onCheck?.(check);
  }
}
