import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src');

/** Folder → folders it may import. `types:` entries may be imported with `import type` only. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  bbb: ['core'],
  metrics: ['core'],
  rtc: ['core'],
  scenario: ['metrics', 'core'],
  schedule: ['scenario', 'core'],
  vu: ['scenario', 'metrics', 'core'],
  browser: ['vu', 'bbb', 'metrics', 'core'],
  native: ['vu', 'bbb', 'rtc', 'metrics', 'core'],
  fleet: ['bbb', 'metrics', 'core'],
  run: ['schedule', 'vu', 'metrics', 'core'],
  workers: ['run', 'schedule', 'metrics', 'core'],
  capacity: ['metrics', 'types:schedule', 'core'],
  report: ['metrics', 'capacity', 'types:schedule', 'types:scenario', 'core'],
  sim: ['bbb', 'rtc', 'core'],
};

/** Risky package → the only places that may touch it. */
const RISKY: Readonly<Record<string, readonly string[]>> = {
  'hdr-histogram-js': ['metrics/histogram.ts'],
  'fast-xml-parser': ['bbb/xml.ts'],
  'node-datachannel': ['rtc/', 'sim/media/'],
  playwright: ['browser/'],
  '@nats-io/transport-node': ['workers/nats-bus.ts'],
  '@nats-io/jetstream': ['workers/nats-bus.ts'],
  '@nats-io/kv': ['workers/nats-bus.ts'],
  'node:worker_threads': [],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function filesIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8');
  const file = relative(src, path).split(sep).join('/');
  const found: Import[] = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)) {
    found.push({ file, specifier: match[2]!, typeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) found.push({ file, specifier: match[1]!, typeOnly: false });
  return found;
}

const all = filesIn(src).flatMap(importsOf);
const folderOf = (file: string): string => file.split('/')[0]!;

function targetOf(entry: Import): string | undefined {
  if (!entry.specifier.startsWith('.')) return undefined;
  return relative(src, resolve(dirname(join(src, entry.file)), entry.specifier)).split(sep).join('/');
}

describe('imports', () => {
  it('reads some imports (the check itself works)', () => {
    expect(all.length).toBeGreaterThan(10);
  });

  it('point one way, as the table says', () => {
    const wrong = all.flatMap((entry) => {
      const target = targetOf(entry);
      if (target === undefined) return [];
      const from = folderOf(entry.file);
      const to = folderOf(target);
      if (from === to || from === 'cli') return [];
      const allowed = ALLOWED[from] ?? [];
      const fine = allowed.includes(to) || (entry.typeOnly && allowed.includes(`types:${to}`));
      return fine ? [] : [`${entry.file} → ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  it('make no cycle between files', () => {
    const edges = new Map<string, string[]>();
    for (const entry of all) {
      const target = targetOf(entry);
      if (target === undefined || entry.typeOnly) continue;
      const file = target.replace(/\.js$/, '.ts');
      edges.set(entry.file, [...(edges.get(entry.file) ?? []), file]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      else if (!done.has(file)) {
        for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
        done.add(file);
      }
    };
    for (const file of edges.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('keep each risky package behind its one door', () => {
    const wrong = all.filter((entry) => {
      const doors = RISKY[entry.specifier];
      return doors !== undefined && !doors.some((door) => entry.file.startsWith(door));
    });
    expect(wrong.map((entry) => `${entry.file} uses ${entry.specifier}`)).toEqual([]);
  });

  it('are what ARCHITECTURE.md says', () => {
    const page = readFileSync(join(src, '..', 'ARCHITECTURE.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (\w+) \| (.+) \|$/gm)].filter(([, folder]) => folder !== 'Folder').map(([, folder, may]) => [folder!, may!]);
    const table = Object.entries(ALLOWED).map(([folder, may]) => [folder, may.map((one) => one.replace('types:', 'types of ')).join(', ') || 'nothing of ours']);
    expect(rows).toEqual(table);
  });
});
