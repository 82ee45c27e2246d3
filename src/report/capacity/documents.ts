import junit, { type Builder } from 'junit-report-builder';
import { downAsWhole, type Capacity, type StepRecord } from '../../capacity/capacity.js';
import { STEADY_FIGURES } from '../../capacity/steady.js';
import { redact } from '../../core/redact.js';
import { csvTable } from '../csv.js';
import { plain, type Lang } from '../format.js';
import { xmlText } from '../junit.js';
import { grid } from '../report-markdown.js';
import { cell } from '../markdown.js';
import { causeInWords, isThreshold } from '../words/cause.js';
import { advice, certainty } from './advice.js';
import { breaksInWords, brokeOnInWords } from './first-broken-words.js';
import { belief, capacityView, headroomOf, usersHeld } from './view.js';

/** The package is CommonJS: what its types call `default` is what Node hands out already. */
const JUNIT = junit as unknown as Builder;

const toldText = (steady: boolean | undefined): string | undefined => (steady === undefined ? undefined : String(steady));

/** `steps.csv`: a row for each step of both searches; what was not measured is empty. */
export function capacityCsv({ steps, oneServerDown }: Capacity): string {
  const row = (search: string) => (step: StepRecord, index: number) => [
    search,
    index + 1,
    step.phase,
    step.users,
    step.delivered?.started,
    step.delivered?.joined,
    step.delivered?.failed,
    step.delivered?.lost,
    step.peakUsers,
    step.holdMs,
    step.joinTimeP95Ms,
    step.outcome,
    step.firstBroken,
    step.worstServer,
    step.brokePhase,
    toldText(step.steady),
    step.generator?.latenessP99Ms,
    step.generator?.eventLoopDelayP99Ms,
    step.generator?.cpuCores,
    step.run,
    step.brokeOn?.kind,
    step.brokeOn?.servers.length,
    step.brokeOn?.of,
    ...STEADY_FIGURES.map((figure) => toldText(step.steadyBy?.[figure])),
  ];
  const head = ['search', 'step', 'why', 'users', 'started', 'joined', 'failed', 'lost', 'peak_users', 'hold_ms', 'join_p95_ms', 'outcome', 'first_broken', 'worst_server', 'phase', 'steady', 'lateness_p99_ms', 'event_loop_delay_p99_ms', 'cpu_cores', 'run', 'broke_on', 'broke_on_servers', 'broke_on_of', 'steady_users', 'steady_rtt', 'steady_audio_loss', 'steady_video_fps'];
  return csvTable(head, [...steps.map(row('fleet')), ...(oneServerDown?.steps ?? []).map(row('servers-down'))]);
}

/** `junit.xml`: the required load, and that with servers down, as cases. Where no verdict was reached they are skipped. */
export function capacityJunit(capacity: Capacity): string {
  const builder = JUNIT.newBuilder();
  const suite = builder.testSuite().name(xmlText(`firstbell capacity ${capacity.scenario}`)).timestamp(new Date(capacity.asked.startedAt));
  suite.property('verdict', capacity.verdict).property('target', xmlText(capacity.environment.target.url));
  const one = (name: string, { verdict, users }: Pick<Capacity, 'verdict' | 'users'>): void => {
    const testCase = suite.testCase().className(xmlText(`firstbell.capacity.${capacity.scenario}`)).name(xmlText(name)).time(0);
    if (verdict === 'not-known') testCase.skipped();
    if (verdict === 'does-not-hold') testCase.failure(xmlText(`${users} users are held${capacity.firstBroken === undefined ? '' : `; first to break: ${capacity.firstBroken.expression}`}`), 'CAPACITY_BELOW_REQUIRED');
  };
  one(`holds ${capacity.required} users`, capacity);
  const { oneServerDown } = capacity;
  // A computed answer is no test.
  if (oneServerDown?.how === 'measured') one(`holds ${capacity.required} users with ${oneServerDown.servers} down`, oneServerDown);
  return builder.build();
}

/** `capacity.md`: page one and the steps as GitHub-flavoured Markdown. */
export function capacityMarkdown(capacity: Capacity, lang: Lang): string {
  const view = capacityView(capacity, lang);
  const { t, f } = view;
  const { asked, required, answer, oneServerDown, environment } = capacity;
  const who = asked.onlyServer === undefined ? t.fleet : t.oneServer(asked.onlyServer);
  const lines = [
    `# ${cell(t.headline[capacity.verdict](who, f.whole(required)))}`,
    '',
    ...(environment.target.kind === 'simulator' ? [`> ${cell(t.simulator)}`, ''] : []),
    `## ${cell(t.board.sure)}`,
    '',
    cell(certainty(view).join(' ')),
    '',
    `## ${cell(t.board.breaks)}`,
    '',
    cell(breaksInWords(view).join(' ')),
    '',
    `## ${cell(t.board.todo)}`,
    '',
    ...advice(view).map((sentence) => `- ${cell(sentence)}`),
    '',
    `## ${cell(t.knee.title)}`,
    '',
    ...grid(t.knee.columns, [
      [t.knee.capacity, usersHeld(capacity, f, t)],
      [t.knee.interval(f.quantity('knee' in answer ? answer.knee.level : 0.95, 'ratio')), 'knee' in answer ? t.knee.between(f.whole(answer.knee.low), f.whole(answer.knee.high)) : t.knee.noKnee],
      [t.knee.confidence, capacity.confidence === undefined ? t.knee.noCurve[answer.kind === 'none' ? 'held' : 'broke'] : belief(view, capacity.confidence)],
      [t.knee.headroom, headroomOf(capacity, f, t)],
      ...(oneServerDown === undefined ? [] : [[t.knee.down(oneServerDown.servers, oneServerDown.how), usersHeld(downAsWhole(capacity, oneServerDown), f, t)]]),
    ]),
    `## ${cell(t.steps.title)}`,
    '',
    ...grid(
      [0, 2, 5, 7, 8, 9, 10].map((column) => t.steps.columns[column] ?? ''),
      capacity.steps.map((step, index) => [f.whole(index + 1), f.whole(step.users), f.whole(step.peakUsers), f.quantity(step.joinTimeP95Ms, 'ms'), t.outcomes[step.outcome] ?? step.outcome, step.firstBroken === undefined ? t.steps.none : isThreshold(step.firstBroken) ? step.firstBroken : causeInWords(step.firstBroken, lang), brokeOnInWords(step, view, view.shortServer) ?? t.steps.none]),
    ),
  ];
  return redact(plain(lines.join('\n')));
}
