import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type as osType } from 'node:os';
import type { RunMeta } from '../metrics/events.js';
import { packageRoot, packageVersion } from '../core/paths.js';

/** The generator machine, as reports name it. */
export function thisMachine(): RunMeta['machine'] {
  const cores = cpus();
  return { cores: cores.length, memoryGb: Math.round(totalmem() / 2 ** 30), cpu: cores[0]?.model.trim() ?? 'unknown', os: `${osType()} ${release()}` };
}

/** Commit of the working copy that Firstbell runs from; undefined for an installed package. */
export function ourCommit(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: packageRoot(), stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

export function ourVersions(browser: string | undefined): RunMeta['firstbell'] {
  return { version: packageVersion(), commit: ourCommit(), node: process.version, browser };
}

/** Name of a run and of its folder: sortable by time, with a part of the scenario's name. */
export function runIdFor(scenario: string, wallMs: number, unique: string): string {
  const stamp = new Date(wallMs).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const slug = scenario.toLowerCase().normalize('NFKD').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 32);
  return `${stamp}-${slug || 'run'}-${unique}`;
}
