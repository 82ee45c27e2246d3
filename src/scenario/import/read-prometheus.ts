import { z } from 'zod';
import { IMPORT_LIMITS, seriesOf, summedUp, type ImportProblem, type ImportRead, type SeriesPoint } from './import-data.js';

/** The answer of `/api/v1/query_range` (Prometheus HTTP API, "expression queries"). */
const answer = z.object({
  status: z.literal('success', { error: 'is not "success": Prometheus answered with an error' }),
  data: z.object({
    resultType: z.literal('matrix', { error: 'is not "matrix": ask /api/v1/query_range, or query a range' }),
    result: z
      .array(
        z.object({
          metric: z.record(z.string().max(200), z.string().max(1_000)),
          values: z.array(z.tuple([z.number().min(0).max(1e11), z.string().max(50)])),
        }),
      )
      .max(IMPORT_LIMITS.series),
  }),
});

/** Series of participants and meetings from a range query. One series without a name (of an expression) counts as users. */
export function readPrometheus(text: string): ImportRead {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return failed([{ where: 'the file', message: `is not JSON: ${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}` }]);
  }
  const parsed = answer.safeParse(json);
  if (!parsed.success) return failed(parsed.error.issues.slice(0, IMPORT_LIMITS.problems).map(({ path, message }) => ({ where: pathOf(path), message })));
  const { result } = parsed.data.data;
  const problems: ImportProblem[] = [];
  const points = { users: [] as SeriesPoint[], meetings: [] as SeriesPoint[] };
  let count = 0;
  result.forEach(({ metric, values }, index) => {
    const name = metric['__name__'];
    const series = name === undefined ? 'users' : seriesOf(name);
    if (!series) return;
    values.forEach(([seconds, written], at) => {
      count++;
      const value = Number(written);
      // A server that was away has gaps, and NaN where an expression divides by nothing.
      if (Number.isNaN(value)) return;
      if (!(value >= 0 && value <= IMPORT_LIMITS.users)) problems.push({ where: `data.result[${index}].values[${at}]`, message: `${written.slice(0, 20)} is no number of ${series}` });
      else points[series].push({ at: { ms: Math.round(seconds * 1_000), wall: false }, value });
    });
  });
  if (count > IMPORT_LIMITS.points) return failed([{ where: 'the file', message: `has ${count} values; at most ${IMPORT_LIMITS.points} are read: query with a longer step` }]);
  if (problems.length > 0) return failed(problems.slice(0, IMPORT_LIMITS.problems));
  return { ok: true, data: { kind: 'series', users: summedUp(points.users), meetings: summedUp(points.meetings) } };
}

function failed(problems: readonly ImportProblem[]): ImportRead {
  return { ok: false, problems };
}

function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`), '');
}
