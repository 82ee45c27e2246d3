import type { ComponentChildren } from 'preact';
import { gaugeLine, highest, measured, percentileLine } from '../charts/chart-data.js';
import { lineChart } from '../charts/line-chart.js';
import { SMALL } from './media.js';
import { DataTable, Figure, Missing, Section } from './parts.js';
import { How } from './run-how.js';
import type { ReportView } from './view.js';

/** Whether the machine that made the load was fit to make it. Without that, figures about the servers mean nothing. */
export function Generator({ view }: { readonly view: ReportView }) {
  const { summary, data, buckets, spanMs, startOfDayMs, f, t: { generator: t } } = view;
  const { quantity } = f;
  const orMissing = (text: string) => (text === f.notMeasured ? <Missing /> : text);
  const late = (figure: ComponentChildren) => <How to="punctuality">{figure}</How>;
  const machine = (figure: ComponentChildren) => <How to="machine">{figure}</How>;
  const { generator } = summary;
  // Workers have cores and memory of their own, which are not told: those of the coordinator are no limit of theirs.
  const cores = generator.workers === undefined ? generator.cores : undefined;
  const { maxLatenessMs, maxEventLoopDelayMs, maxSendLatenessMs, maxSendLimited } = data.plan.limits;
  const lateness = percentileLine(buckets, 'lateness', 99);
  const loop = percentileLine(buckets, 'event_loop_delay', 99);
  const cpu = gaugeLine(buckets, 'generator_cpu');
  const delayed = [
    { points: lateness, ink: 'c1' as const, dash: 'solid' as const, label: t.lateStarts },
    { points: loop, ink: 'c2' as const, dash: 'dashed' as const, label: t.eventLoop },
  ].filter(({ points }) => measured(points));
  const axis = { durationMs: spanMs, startOfDayMs };
  return (
    <Section id="generator" title={t.title} intro={introOf(view)}>
      <div class="pairs">
        <Figure
          id="delays"
          title={t.delays}
          how="punctuality"
          summary={t.limits(quantity(maxLatenessMs, 'ms'), quantity(maxEventLoopDelayMs, 'ms'))}
          legend={delayed.map(({ label, ink, dash }) => ({ label, ink, dash }))}
          svg={delayed.length === 0 ? undefined : lineChart('delays', { ...axis, lines: delayed, format: (value) => quantity(value, 'ms'), atLeast: 40 }, SMALL)}
        />
        <Figure
          id="cpu"
          title={t.cpu}
          how="machine"
          summary={t.cpuSummary(cores, generator.cpuCores === undefined ? undefined : { average: quantity(generator.cpuCores, 'cores'), most: quantity(highest(cpu)?.value, 'cores') })}
          svg={measured(cpu) ? lineChart('cpu', { ...axis, lines: [{ points: cpu, ink: 'c3', filled: true }], limit: cores === undefined ? undefined : { at: cores, label: t.allCores }, format: (value) => quantity(value, 'cores').replace(/\D+$/, ''), atLeast: cores ?? 1 }, SMALL) : undefined}
        />
      </div>
      <DataTable
        caption={t.caption}
        columns={t.columns.map((title, column) => ({ title, figure: column > 0 }))}
        rows={[
          [t.rows.lateness, late(orMissing(quantity(generator.latenessP99Ms, 'ms'))), quantity(maxLatenessMs, 'ms')],
          [t.rows.loop, late(orMissing(quantity(generator.eventLoopDelayP99Ms, 'ms'))), quantity(maxEventLoopDelayMs, 'ms')],
          ...(generator.sendLatenessP99Ms === undefined ? [] : [[t.rows.send, late(quantity(generator.sendLatenessP99Ms, 'ms')), maxSendLatenessMs === undefined ? '–' : quantity(maxSendLatenessMs, 'ms')]]),
          ...(generator.sendLimited === undefined ? [] : [[t.rows.limited, late(quantity(generator.sendLimited, 'ratio')), maxSendLimited === undefined ? '–' : quantity(maxSendLimited, 'ratio')]]),
          ...(generator.peakSockets === undefined ? [] : [[t.rows.sockets, machine(quantity(generator.peakSockets, 'count')), '–']]),
          [t.rows.cpu, machine(orMissing(quantity(generator.cpuCores, 'cores'))), cores === undefined ? '–' : quantity(cores, 'cores')],
          [t.rows.memory, machine(orMissing(quantity(generator.peakRssMb, 'MB'))), cores === undefined ? '–' : quantity(data.meta.machine.memoryGb * 1_000, 'MB')],
          [t.rows.dropped, late(quantity(generator.dropped, 'count')), '0'],
        ]}
      />
    </Section>
  );
}

function introOf({ summary, t: { generator: t } }: ReportView): string {
  if (summary.verdict === 'not-delivered') return t.notDelivered;
  if (summary.users.started === 0) return t.nobodyStarted;
  return summary.generator.latenessP99Ms === undefined ? t.unmeasured : t.intro;
}
