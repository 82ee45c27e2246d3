import type { Threshold } from '../metrics/threshold.js';
import { parseThreshold } from '../metrics/threshold-parse.js';
import { DEFAULTS } from './defaults.js';
import { normalisePart, normaliseTarget, normaliseTemplate, normaliseUsers } from './normalise.js';
import type { Finding, Path } from './problem.js';
import { durationMs, timeOfDayMs } from './quantity.js';
import type { LoadPart, MeetingTemplate, Target, UserKinds } from './scenario.js';
import type { WrittenPart, WrittenTarget, WrittenTemplate, WrittenThreshold, WrittenUsers } from './shape.js';
import type { SourceMap } from './source-map.js';

/**
 * What could be understood of a file that may still have problems: pieces that do not fit their shape are undefined, so that
 * the rules look at the others and everything is reported at once.
 */
export interface Draft {
  readonly startOfDayMs: number | undefined;
  readonly target: Target | undefined;
  readonly users: UserKinds | undefined;
  readonly parts: readonly { readonly written: WrittenPart; readonly part: LoadPart; readonly path: Path }[];
  /** True: no part was left out because of its shape. */
  readonly partsComplete: boolean;
  /** By name, also those that are undefined because of their shape; undefined: there is no mapping of templates. */
  readonly templates: ReadonlyMap<string, MeetingTemplate | undefined> | undefined;
  readonly thresholds: readonly Threshold[];
}

/** `file`: values as read; `findings`: those of its shape. Adds what is wrong inside the thresholds. */
export function draftOf(file: unknown, findings: readonly Finding[], map: SourceMap): { readonly draft: Draft; readonly findings: readonly Finding[] } {
  // Unknown keys are reported, but do not make the rest of their mapping unreadable.
  const broken = findings.filter((finding) => finding.code !== 'SCN003').map((finding) => finding.path);
  const sound = (path: Path): boolean => !broken.some((bad) => startsWith(bad, path) || startsWith(path, bad));
  const top = (isMapping(file) ? file : {}) as Record<string, unknown>;

  const written = sound(['startOfDay']) ? top['startOfDay'] : undefined;
  const startOfDayMs = typeof written === 'string' ? timeOfDayMs(written) : undefined;
  const load = Array.isArray(top['load']) ? (top['load'] as unknown[]) : [];
  const parts = load.flatMap((part, index) => {
    const path = ['load', index];
    return sound(path) ? [{ path, written: part as WrittenPart, part: normalisePart(part as WrittenPart, startOfDayMs) }] : [];
  });
  const templates = isMapping(top['meetings'])
    ? new Map(Object.entries(top['meetings']).map(([name, template]) => [name, sound(['meetings', name]) ? normaliseTemplate(name, template as WrittenTemplate) : undefined]))
    : undefined;
  const warmUp = sound(['warmUp']) ? top['warmUp'] : undefined;
  const context = { startOfDayMs, warmUp: typeof warmUp === 'string' ? warmUp : DEFAULTS.warmUp, map };
  const thresholds = Array.isArray(top['thresholds'])
    ? (top['thresholds'] as unknown[]).map((item, index) => (sound(['thresholds', index]) ? readThreshold(item as WrittenThreshold, ['thresholds', index], context) : undefined))
    : [];
  return {
    draft: {
      startOfDayMs,
      target: sound(['target']) ? normaliseTarget(top['target'] as WrittenTarget) : undefined,
      users: sound(['users']) ? normaliseUsers(top['users'] as WrittenUsers | undefined) : undefined,
      parts,
      partsComplete: Array.isArray(top['load']) && parts.length === load.length,
      templates,
      thresholds: thresholds.flatMap((read) => (read && 'threshold' in read ? [read.threshold] : [])),
    },
    findings: thresholds.flatMap((read) => (read && 'finding' in read ? [read.finding] : [])),
  };
}

interface ThresholdContext {
  readonly startOfDayMs: number | undefined;
  /** Of the scenario, as written. */
  readonly warmUp: string;
  readonly map: SourceMap;
}

/** A warm-up is a window to the end of the run; a threshold that names a stretch of time itself keeps that. */
function readThreshold(written: WrittenThreshold, path: Path, { startOfDayMs, warmUp, map }: ThresholdContext): { readonly threshold: Threshold } | { readonly finding: Finding } {
  const plain = typeof written === 'string';
  const expression = plain ? written : written.expression;
  const parsed = parseThreshold(expression, { startOfDayMs });
  if (parsed.ok) {
    const fromMs = durationMs((plain ? undefined : written.warmUp) ?? warmUp) ?? 0;
    const window = fromMs > 0 ? { window: { fromMs } } : {};
    return { threshold: { ...window, ...parsed.threshold, abort: plain ? DEFAULTS.abort : (written.abort ?? DEFAULTS.abort) } };
  }
  const where = plain ? path : [...path, 'expression'];
  const { offset, length, message, help } = parsed;
  return { finding: { code: 'SCN009', message, path: where, at: map.insideText(where, offset, length), ...(help === undefined ? {} : { help }) } };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}
