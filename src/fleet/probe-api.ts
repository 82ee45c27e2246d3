import { BbbApi } from '../bbb/api.js';
import type { ApiTarget } from '../bbb/api-url.js';
import { CHECKSUM_ALGORITHMS, DEFAULT_ALGORITHM, type ChecksumAlgorithm } from '../bbb/checksum.js';
import type { Clock } from '../core/clock.js';
import { codeOf } from '../core/errors.js';
import type { Finding } from './check.js';
import { ApiMeetingHost, type MeetingCalls } from './meetings.js';

/** More than this off, timestamps in reports and TURN credentials begin to disagree, ms. */
const MAX_SKEW_MS = 5_000;

/** Asks for the version. Rejects as BbbApi. */
export async function probeVersion(api: Pick<BbbApi, 'version'>, signal: AbortSignal): Promise<Finding> {
  const { apiVersion, bbbVersion, graphqlWebsocketUrl } = await api.version(signal);
  const kind = graphqlWebsocketUrl === undefined ? 'no GraphQL address: a load balancer, or BBB 2.7 or older' : `BBB ${bbbVersion ?? '3.0 or newer (it does not say)'}`;
  return { ok: true, detail: `API ${apiVersion || 'of unknown version'}; ${kind}` };
}

/** Lists the meetings, which takes the secret; which algorithm it is signed with does not matter, as in a run. Rejects as BbbApi. */
export async function probeSecret(api: Pick<BbbApi, 'getMeetings' | 'algorithm'>, signal: AbortSignal): Promise<Finding> {
  const meetings = await api.getMeetings(signal);
  return { ok: true, detail: `accepted${api.algorithm === DEFAULT_ALGORITHM ? '' : ` with ${api.algorithm}`}; ${meetings.length} meetings listed` };
}

/** The algorithms whose checksums the target accepts: none of them when the secret is wrong. Rejects as BbbApi for other failures. */
export async function acceptedAlgorithms(target: ApiTarget, options: { readonly clock: Clock; readonly timeoutMs: number }, signal: AbortSignal): Promise<readonly ChecksumAlgorithm[]> {
  const accepted: ChecksumAlgorithm[] = [];
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    await using api = new BbbApi({ ...target, algorithm }, options);
    try {
      await api.isMeetingRunning('firstbell-doctor', signal);
      accepted.push(algorithm);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'MEETING_NOT_FOUND') accepted.push(algorithm);
      else if (code !== 'API_CHECKSUM') throw error;
    }
  }
  return accepted;
}

export function checksumFinding(accepted: readonly ChecksumAlgorithm[]): Finding {
  if (accepted.length === 0) return { ok: 'skipped', detail: 'none is accepted with this secret' };
  const missing = CHECKSUM_ALGORITHMS.filter((algorithm) => !accepted.includes(algorithm));
  return { ok: true, detail: `${accepted.join(', ')} accepted${missing.length === 0 ? '' : `, not ${missing.join(', ')}`}` };
}

/** Compares the clocks. Rejects as BbbApi. */
export async function probeClock(api: Pick<BbbApi, 'clockSkewMs'>, signal: AbortSignal): Promise<Finding> {
  const skewMs = await api.clockSkewMs(signal);
  if (skewMs === undefined) return { ok: 'skipped', detail: 'the target does not say its time' };
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const detail = seconds === 0 ? 'the same second as here' : `${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine`;
  return Math.abs(skewMs) > MAX_SKEW_MS ? { ok: 'warn', detail, help: 'synchronise both clocks (timedatectl set-ntp true): TURN credentials and reports go by them' } : { ok: true, detail };
}

/** Looks for meetings of others, and for runs of Firstbell that somebody is in. Rejects as BbbApi. */
export async function probeForeign(api: MeetingCalls, signal: AbortSignal): Promise<Finding> {
  const host = new ApiMeetingHost(api);
  const meetings = await host.foreign(signal);
  const runs = await host.otherRuns('', signal);
  const found = [...(meetings.length === 0 ? [] : [countOf(meetings)]), ...(runs.length === 0 ? [] : [`${countOf(runs)} of a run of Firstbell`])];
  if (found.length === 0) return { ok: true, detail: 'none' };
  return { ok: 'warn', detail: found.join(', '), help: 'a run refuses to start beside them; choose a time when the fleet is empty' };
}

function countOf(meetings: readonly { readonly users: number }[]): string {
  return `${meetings.length} with ${meetings.reduce((sum, meeting) => sum + meeting.users, 0)} users`;
}
