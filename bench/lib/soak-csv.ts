import { GROUPS, type Group, type SoakSample } from './soak-watch.js';

/** `soak.csv`: a line for each look at the processes; at_s since the run began, memory in MB, files by number, CPU time in seconds since the process began. */
type Column = readonly [name: string, of: (sample: SoakSample) => number | undefined, decimals: number];

const columns: readonly Column[] = [
  ...GROUPS.flatMap((group): readonly Column[] => [
    [`${group}_mb`, ({ groups }) => groups[group].pssMb, 2],
    [`${group}_files`, ({ groups }) => groups[group].files, 0],
    [`${group}_cpu_s`, ({ groups }) => groups[group].cpuSeconds, 2],
  ]),
  ['harness_live_mb', ({ own }) => own.liveMb, 2],
  ['harness_v8_mb', ({ own }) => own.v8Mb, 2],
  ['harness_external_mb', ({ own }) => own.externalMb, 2],
  ['harness_malloc_mb', ({ own }) => own.mallocMb, 2],
  ['harness_rest_mb', ({ own }) => own.restMb, 2],
  ['media_malloc_mb', ({ mediaMallocMb }) => mediaMallocMb, 2],
];
const HEAD = ['at_s', ...columns.map(([name]) => name)];

export function csvOf(samples: readonly SoakSample[], startWallMs: number): string {
  const rows = samples.map((sample) => [((sample.wallMs - startWallMs) / 1_000).toFixed(1), ...columns.map(([, of, decimals]) => of(sample)?.toFixed(decimals) ?? '')]);
  return [HEAD, ...rows].map((row) => `${row.join(',')}\n`).join('');
}

/** The samples of an earlier soak. Throws on a file with other columns. */
export function samplesOf(csv: string, startWallMs: number): readonly SoakSample[] {
  const [head, ...rows] = csv.trimEnd().split('\n');
  if (head !== HEAD.join(',')) throw new Error(`not the samples of a soak: its columns are not ${HEAD.join(', ')}`);
  return rows.map((row) => {
    const cells = row.split(',');
    const value = (name: string): number => Number(cells[HEAD.indexOf(name)]);
    const usage = (group: Group): SoakSample['groups'][Group] => ({ pssMb: value(`${group}_mb`), files: value(`${group}_files`), cpuSeconds: value(`${group}_cpu_s`) });
    const live = cells[HEAD.indexOf('harness_live_mb')];
    return {
      wallMs: startWallMs + value('at_s') * 1_000,
      groups: Object.fromEntries(GROUPS.map((group) => [group, usage(group)])) as SoakSample['groups'],
      own: { liveMb: live === '' ? undefined : Number(live), v8Mb: value('harness_v8_mb'), externalMb: value('harness_external_mb'), mallocMb: value('harness_malloc_mb'), restMb: value('harness_rest_mb') },
      mediaMallocMb: value('media_malloc_mb'),
    };
  });
}
