import { formatsIn } from '../format.js';

const { counted, whole } = formatsIn('en');
const runs = (count: number): string => counted(count, 'run');
const searches = (count: number): string => counted(count, 'capacity search', 'capacity searches');
const both = (runCount: number, searchCount: number): string => [...(runCount > 0 ? [runs(runCount)] : []), ...(searchCount > 0 ? [searches(searchCount)] : [])].join(' and ');

interface JoinedIn {
  readonly p95: string;
  readonly date: string;
  /** False: there were runs before the first, or after the last, in which nobody joined. */
  readonly ofAll: boolean;
}

/** Everything that the page of a fleet's history says, in English. Counts come as numbers, quantities and dates as they are shown. */
export const HISTORY_EN = {
  masthead: 'Load test history',
  documentTitle: (runCount: number, searchCount: number) => `History of ${both(runCount, searchCount)}, Firstbell load tests`,
  skip: 'Skip to the history',
  /** `verdict` as a heading has it. */
  oneRun: (verdict: string) => `One run: ${verdict.toLowerCase()}.`,
  headline: (held: number, all: number, last: string) => `${whole(held)} of ${runs(all)} held; the last one: ${last.toLowerCase()}.`,
  nothing: 'No runs yet.',
  nobodyJoined: 'In no run anybody joined.',
  joinedOnce: (p95: string) => `95 of 100 users could take part within ${p95}.`,
  joined: (first: JoinedIn, last: JoinedIn) => `In the first run${first.ofAll ? '' : ' in which somebody joined'} 95 of 100 users could take part within ${first.p95} (${first.date}), in the last${last.ofAll ? '' : ' in which somebody joined'} within ${last.p95} (${last.date}).`,
  /** `server`: only it was searched. */
  capacity: (held: string, required: string, date: string, server: string | undefined) => `The last capacity search (${date}${server === undefined ? '' : `, of the server ${server} alone`}): ${held} users at the same time are held; ${required} are required.`,
  manyScenarios: (count: number) => `These are of ${counted(count, 'scenario')}: a different load gives different figures.`,
  allSimulated: 'All were against the simulator that comes with Firstbell, which says nothing about real servers.',
  someSimulated: (what: string) => `Against the simulator that comes with Firstbell, which says nothing about real servers: ${what}.`,
  both,
  simulator: 'simulator',
  of: (joined: string, planned: string) => `${joined} of ${planned}`,

  searches: {
    title: 'How many users are held',
    intro: 'Each capacity search tries the scenario with more and fewer users until it is known how many are held.',
    caption: 'Capacity searches in the order of time',
    columns: ['Search', 'Started', 'Target', 'Required', 'Held', 'Interval', 'Verdict', 'First to break'],
    nothingBroke: 'nothing',
    noInterval: 'none',
    chart: 'Users that are held, from search to search',
    held: 'Held: the knee, or at least so many',
    heldAlone: 'The same of one server alone',
    interval: 'Interval of the knee',
    required: 'Required',
    noneHeld: (count: number) => ` In ${searches(count)} not even the least load was held, so there is no point.`,
  },

  runs: {
    title: 'Runs',
    caption: 'Runs in the order of time',
    columns: ['Run', 'Started', 'Target', 'Verdict', 'Joined', 'Peak', 'Time to join, p95', 'Errors'],
    empty: 'No run was found.',
  },

  overview: {
    title: 'From run to run',
    join: 'Time to join',
    users: 'Users',
    peak: 'In meetings at the peak',
    out: 'Did not get in, or lost the meeting',
    errors: 'Errors',
  },

  metrics: {
    title: 'Metric by metric',
    intro: 'Medians and 95th percentiles over everybody; shares and totals for what is counted. Whether a step is more than chance says:',
    p95: '95th percentile',
    median: 'Median',
    share: 'Share',
    total: 'Total',
  },

  span: {
    never: 'Not measured in any run.',
    gap: (count: number) => ` Not measured in ${runs(count)}.`,
    once: (value: string) => `${value}.`,
    same: (value: string) => `${value} every time.`,
    range: (first: string, last: string, least: string, most: string) => `From ${first} to ${last}; between ${least} and ${most}.`,
  },

  how: {
    title: 'How the figures were computed',
    intro: 'Every underlined heading leads here. Each row is a run or a search by itself; its report, to which its name leads, says more.',
    verdict: { title: 'Verdict', text: 'Of a run: whether every condition of its scenario held, if the load was delivered. Of a search: whether its whole interval lies at or above what is required, or below.' },
    joined: { title: 'Joined, peak', text: 'Users that got in, of those planned, and the most that were in meetings at any instant, both counted from the events of the run.' },
    join: { title: 'Time to join', text: 'From the due time of a user until it was in. 95th percentile and median of all users of a run, from merged histograms; only those who got in have a time.' },
    errors: { title: 'Errors', text: 'Failures of users, meetings and actions that the run recorded, each counted once.' },
    metrics: { title: 'Metrics', text: 'As summary.json of each run has them: percentiles from the merged histograms of the whole run. Where a run did not measure a metric, the line has a gap.' },
    held: { title: 'Users held, interval', text: 'The knee, the load at which half of the runs hold, with the interval of that belief; “at least” where nothing broke. As capacity.json of each search has it.' },
    first: { title: 'First to break', text: 'The threshold that was the first to break in most of the steps that broke at the lower end of the interval or above it. As capacity.json of each search has it.' },
  },

  footer: 'Made by Firstbell from the summaries of these runs and searches. A point stands for one of them, numbered as in the table; the time between two is not to scale.',
};

export type HistoryWords = typeof HISTORY_EN;
