import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/core/paths.js';
import { RUN_FILES } from '../../../src/report/run-data.js';
import { RUN_EVENT } from '../../../src/report/run-schemas.js';
import { summarise } from '../../../src/report/summarise.js';
import { buildRun } from '../../fakes/run-folder.js';
import { thresholds } from './thresholds.js';

const doc = readFileSync(join(packageRoot(), 'docs', 'files.md'), 'utf8');
const section = (title: string): string => doc.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
const firstCells = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split('|')[1]?.trim().replaceAll('`', '') ?? '');

/** Every key path of a value, with `[]` for lists and without what is inside `opaque` paths. */
function keyPaths(value: unknown, opaque: readonly string[], path = ''): string[] {
  if (opaque.includes(path) || typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value)) return value.length === 0 || typeof value[0] !== 'object' ? [`${path}[]`] : value.flatMap((one) => keyPaths(one, opaque, `${path}[]`));
  return Object.entries(value).flatMap(([key, inner]) => keyPaths(inner, opaque, path === '' ? key : path === 'metrics' ? `metrics.<name>.${key}` : `${path}.${key}`));
}

describe('docs/files.md', () => {
  it('documents every field of a summary, and no other', () => {
    const data = buildRun({
      withOthers: true,
      fateOf: ({ seq }) => (seq === 4 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no answer' } : { is: 'left' }),
    });
    const summary = summarise(data, { thresholds: thresholds('join_time{server=*} p(95) < 10 s until 1m'), verdict: { word: 'broken', exitCode: 3, reasons: ['join_failed'] } });
    const metrics = Object.values(summary.metrics).flatMap((metric) => Object.keys(metric ?? {}).map((key) => `metrics.<name>.${key}`));
    const paths = new Set([...keyPaths({ ...summary, metrics: 0 }, ['users.byKind', 'users.byRole', 'metrics']).filter((path) => path !== 'metrics'), ...metrics]);
    expect(firstCells(section('summary.json')).sort()).toEqual([...paths].sort());
  });

  it('names every file of a run folder', () => {
    const rows = firstCells(doc.split('\n## ')[0] ?? '').map((name) => name.replace(/\/$/, ''));
    expect(rows.sort()).toEqual(Object.values(RUN_FILES).sort());
  });

  it('documents every type of event with its fields', () => {
    const documented = new Map(
      section('events.jsonl')
        .split('\n')
        .filter((line) => line.startsWith('| `'))
        .filter((line) => !line.startsWith('| `type`'))
        .map((line) => [line.split('|')[1]?.trim().replaceAll('`', '') ?? '', (line.split('|')[2]?.match(/`(\w+)`/g) ?? []).map((name) => name.replaceAll('`', ''))] as const),
    );
    for (const option of RUN_EVENT.options) {
      const fields = Object.keys(option.shape).filter((name) => name !== 'type' && name !== 'atMs');
      expect([...option.shape.type.values][0] ?? '').toSatisfy((type: string) => documented.has(type));
      expect(documented.get(String([...option.shape.type.values][0]))?.sort()).toEqual(fields.sort());
    }
    expect(documented.size).toBe(RUN_EVENT.options.length);
  });
});
