import { gaugeLine, highest, measured, percentileLine } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import { counted, NOT_MEASURED, quantity } from '../format.js';
import { SMALL } from './media.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import type { ReportView } from './view.js';

/** Whether the machine that made the load was fit to make it. Without that, figures about the servers mean nothing. */
export function Generator({ view }: { readonly view: ReportView }) {
  const { summary, data, buckets, spanMs, startOfDayMs } = view;
  const { generator } = summary;
  const { maxLatenessMs, maxEventLoopDelayMs, maxSendLatenessMs, maxSendLimited } = data.plan.limits;
  const lateness = percentileLine(buckets, 'lateness', 99);
  const loop = percentileLine(buckets, 'event_loop_delay', 99);
  const cpu = gaugeLine(buckets, 'generator_cpu');
  const delayed = [
    { points: lateness, ink: 'c1' as const, dash: 'solid' as const, label: 'Late starts, 99th percentile' },
    { points: loop, ink: 'c2' as const, dash: 'dashed' as const, label: 'Event loop delay, 99th percentile' },
  ].filter(({ points }) => measured(points));
  const axis = { durationMs: spanMs, startOfDayMs };
  return (
    <Section id="generator" title="Was the test itself sound?" intro={introOf(view)}>
      <div class="pairs">
        <Figure
          id="delays"
          title="How punctual the generator was"
          summary={`Limits: starts ${quantity(maxLatenessMs, 'ms')} late, event loop ${quantity(maxEventLoopDelayMs, 'ms')} behind (99th percentiles over the run).`}
          legend={delayed.map(({ label, ink, dash }) => ({ label, ink, dash }))}
          svg={delayed.length === 0 ? undefined : lineChart('delays', { ...axis, lines: delayed, format: (value) => quantity(value, 'ms'), atLeast: 40 }, SMALL)}
        />
        <Figure
          id="cpu"
          title="CPU of the generator and its browsers"
          summary={`${counted(generator.cores, 'core')} in the machine${generator.cpuCores === undefined ? '' : `; ${quantity(generator.cpuCores, 'cores')} used on average, ${quantity(highest(cpu)?.value, 'cores')} at most`}.`}
          svg={measured(cpu) ? lineChart('cpu', { ...axis, lines: [{ points: cpu, ink: 'c3', filled: true }], limit: { at: generator.cores, label: 'all cores' }, format: (value) => quantity(value, 'cores').replace(/\D+$/, ''), atLeast: generator.cores }, SMALL) : undefined}
        />
      </div>
      <DataTable
        caption="Health of the generator"
        columns={[{ title: 'Figure' }, { title: 'Observed', figure: true }, { title: 'Limit', figure: true }]}
        rows={[
          ['Start of a user after its due time, 99th percentile', orMissing(quantity(generator.latenessP99Ms, 'ms')), quantity(maxLatenessMs, 'ms')],
          ['Event loop delay, 99th percentile', orMissing(quantity(generator.eventLoopDelayP99Ms, 'ms')), quantity(maxEventLoopDelayMs, 'ms')],
          ...(generator.sendLatenessP99Ms === undefined ? [] : [['Media packet after its due time, 99th percentile', quantity(generator.sendLatenessP99Ms, 'ms'), maxSendLatenessMs === undefined ? '–' : quantity(maxSendLatenessMs, 'ms')]]),
          ...(generator.sendLimited === undefined ? [] : [['Cameras of browsers held back for want of CPU', quantity(generator.sendLimited, 'ratio'), maxSendLimited === undefined ? '–' : quantity(maxSendLimited, 'ratio')]]),
          ...(generator.peakSockets === undefined ? [] : [['Open sockets, most', quantity(generator.peakSockets, 'count'), '–']]),
          ['CPU, average', orMissing(quantity(generator.cpuCores, 'cores')), quantity(generator.cores, 'cores')],
          ['Memory, highest', orMissing(quantity(generator.peakRssMb, 'MB')), `${quantity(data.meta.machine.memoryGb * 1_000, 'MB')}`],
          ['Arrivals dropped, as no virtual user was free', quantity(generator.dropped, 'count'), '0'],
        ]}
      />
    </Section>
  );
}

function introOf({ summary }: ReportView): string {
  if (summary.verdict === 'not-delivered') return 'No. The generating machine did not keep up with the plan, so slow answers may be its own doing. Use a stronger machine, or fewer users on it.';
  if (summary.users.started === 0) return 'No user started, so the generator was not put to the test.';
  if (summary.generator.latenessP99Ms === undefined) return 'A load generator that cannot keep up makes servers look slow. Its punctuality was not measured in this run.';
  return 'A load generator that cannot keep up makes servers look slow. This is how the generating machine itself did.';
}

function orMissing(text: string) {
  return text === NOT_MEASURED ? <Missing /> : text;
}
