import { METRICS, type MetricName } from '../metrics/catalogue.js';
import { counted, duration, quantityBeside, whole } from './format.js';
import type { Summary, VerdictWord } from './summary.js';

/** The verdict in one or two words, for headings. */
export const VERDICT_TITLES: Readonly<Record<VerdictWord, string>> = {
  held: 'Held',
  broken: 'Did not hold',
  'not-delivered': 'No verdict: load not delivered',
  'could-not-run': 'Could not run',
  interrupted: 'Interrupted',
};

/** The verdict as a sentence that needs no technical knowledge. */
export function headline(summary: Summary): string {
  const { users, thresholds } = summary;
  const fleet = fleetOf(summary);
  const broke = thresholds.filter(({ held }) => !held).length;
  switch (summary.verdict) {
    case 'held':
      return `${fleet} held: ${whoJoined(summary)}.`;
    case 'broken':
      return broke > 0
        ? `${fleet} did not hold: ${broke === thresholds.length ? (broke === 1 ? 'the one condition' : `all ${whole(broke)} conditions`) : `${whole(broke)} of ${counted(thresholds.length, 'condition')}`} broke, and ${whoJoined(summary)}.`
        : `${fleet} did not hold: ${whoJoined(summary)}.`;
    case 'not-delivered':
      return 'This machine could not deliver the planned load: no statement about the servers.';
    case 'could-not-run':
      return users.joined === 0 ? 'The run could not take place: no statement about the servers.' : 'The run could not be completed: no statement about the servers.';
    case 'interrupted':
      return summary.durationMs > 0 ? `The run was interrupted after ${duration(summary.durationMs)}: no verdict.` : 'The run was interrupted before anything happened: no verdict.';
  }
}

/** What else a reader should know first, a sentence each. */
export function leadSentences(summary: Summary): readonly string[] {
  const { users, metrics } = summary;
  const sentences: string[] = [];
  if (!judged(summary)) sentences.push(users.joined === 0 ? 'Nobody joined.' : `${summary.verdict === 'not-delivered' ? 'In this run' : 'Until then'} ${whoJoined(summary)}.`);
  const join = metrics.join_time;
  if (join?.p50 !== undefined && join.p95 !== undefined) {
    sentences.push(`Half of the users could take part within ${duration(join.p50)} and 95 of 100 within ${duration(join.p95)}, counted from the moment at which they wanted to join.`);
  }
  if (users.joined > 0) sentences.push(`At the peak ${counted(users.peakConcurrent, 'user')} ${users.peakConcurrent === 1 ? 'was' : 'were'} in meetings at the same time.`);
  if (users.joined + users.failed > 0) sentences.push(outOfMeetings(users.failed, users.lost));
  return sentences;
}

/** Whether the run gives a verdict about the target at all. */
export function judged({ verdict }: Summary): boolean {
  return verdict === 'held' || verdict === 'broken';
}

function outOfMeetings(failed: number, lost: number): string {
  if (failed === 0 && lost === 0) return 'Nobody was kept out, and nobody lost a meeting.';
  const failedPart = failed === 0 ? 'Nobody was kept out' : `${counted(failed, 'user')} did not get in`;
  const lostPart = lost === 0 ? 'nobody lost a meeting' : `${counted(lost, 'user')} lost the meeting before it was time`;
  return `${failedPart}, and ${lostPart}.`;
}

/** `15 of 15 users joined 3 meetings on 3 servers`. */
function whoJoined({ users, servers, meetings }: Summary): string {
  if (users.joined === 0) return users.planned === 0 ? 'nobody was meant to join' : `none of ${counted(users.planned, 'user')} joined`;
  const where = servers.length > 0 ? ` on ${counted(servers.length, 'server')}` : '';
  return `${whole(users.joined)} of ${counted(users.planned, 'user')} joined ${counted(meetings.created, 'meeting')}${where}`;
}

function fleetOf({ target }: Summary): string {
  return target.kind === 'simulator' ? 'The simulated fleet' : 'The fleet';
}

/** Said wherever a verdict on the simulator is shown: it is for trying and testing. */
export const SIMULATOR_NOTE = 'This run was against the simulator that comes with Firstbell. It rehearses the test; it says nothing about real servers.';

/** The metric that a threshold expression speaks of, and what that metric is; undefined for an expression of another version. */
export function metricOf(expression: string): { readonly name: MetricName; readonly about: string } | undefined {
  const name = /^[a-z_]+/.exec(expression.trim())?.[0];
  return name !== undefined && name in METRICS ? { name: name as MetricName, about: METRICS[name as MetricName].about } : undefined;
}

/** `observed` of a threshold, in words where there is none. */
export function observedOf({ observed, limit, unit, worst }: Summary['thresholds'][number]): string {
  return `${quantityBeside(limit, observed, unit)}${worst === undefined ? '' : ` on ${worst}`}`;
}
