import type { Threshold } from '../metrics/threshold.js';
import { parseThreshold } from '../metrics/threshold-parse.js';
import { DEFAULTS } from './defaults.js';
import type { ScenarioEvent } from './event.js';
import { normaliseEvent } from './normalise-events.js';
import type { DayClock } from './normalise-values.js';
import { normalisePart, normaliseTarget, normaliseTemplate, normaliseUsers } from './normalise.js';
import type { Finding, Path } from './problem.js';
import { durationMs, timeOfDayMs } from './quantity.js';
import type { LoadPart, MeetingTemplate, Target, UserKinds } from './scenario.js';
import type { WrittenEvent } from './shape-events.js';
import type { WrittenPart, WrittenTarget, WrittenTemplate, WrittenThreshold, WrittenUsers } from './shape.js';
import type { SourceMap } from './source-map.js';

/**
 * What could be understood of a file that may still have problems: pieces that do not fit their shape are undefined, so that
 * the rules look at the others and everything is reported at once.
 */
export interface Draft {
  readonly startOfDayMs: number | undefined;
  readonly speed: number;
  readonly target: Target | undefined;
  readonly users: UserKinds | undefined;
  readonly parts: readonly { readonly written: WrittenPart; readonly part: LoadPart; readonly path: Path }[];
  /** True: no part was left out because of its shape. */
  readonly partsComplete: boolean;
  /** By name, also those that are undefined because of their shape; undefined: there is no mapping of templates. */
  readonly templates: ReadonlyMap<string, MeetingTemplate | undefined> | undefined;
  /** Those that fit their shape, as written. */
  readonly writtenTemplates: ReadonlyMap<string, WrittenTemplate>;
  readonly events: readonly { readonly written: WrittenEvent; readonly event: ScenarioEvent; readonly path: Path }[];
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
  const speed = sound(['speed']) && typeof top['speed'] === 'number' ? top['speed'] : DEFAULTS.speed;
  const day: DayClock = { startOfDayMs, speed };
  const templates = isMapping(top['meetings'])
    ? new Map(Object.entries(top['meetings']).map(([name, template]) => [name, sound(['meetings', name]) ? normaliseTemplate(name, template as WrittenTemplate, day) : undefined]))
    : undefined;
  const load = listAt(top, 'load');
  const parts = load.flatMap((part, index) => {
    const path = ['load', index];
    if (!sound(path)) return [];
    const written = part as WrittenPart;
    return [{ path, written, part: normalisePart(written, day, templates?.get(written.meetings)?.size) }];
  });
  const events = listAt(top, 'events').flatMap((event, index) => {
    const path = ['events', index];
    return sound(path) ? [{ path, written: event as WrittenEvent, event: normaliseEvent(event as WrittenEvent, day) }] : [];
  });
  const warmUp = sound(['warmUp']) ? top['warmUp'] : undefined;
  const context = { day, warmUp: typeof warmUp === 'string' ? warmUp : DEFAULTS.warmUp, map };
  const thresholds = Array.isArray(top['thresholds'])
    ? (top['thresholds'] as unknown[]).map((item, index) => (sound(['thresholds', index]) ? readThreshold(item as WrittenThreshold, ['thresholds', index], context) : undefined))
    : [];
  return {
    draft: {
      startOfDayMs,
      speed,
      target: sound(['target']) ? normaliseTarget(top['target'] as WrittenTarget) : undefined,
      users: sound(['users']) ? normaliseUsers(top['users'] as WrittenUsers | undefined) : undefined,
      parts,
      partsComplete: Array.isArray(top['load']) && parts.length === load.length,
      templates,
      writtenTemplates: new Map(Object.entries(isMapping(top['meetings']) ? top['meetings'] : {}).flatMap(([name, template]) => (templates?.get(name) ? [[name, template as WrittenTemplate] as const] : []))),
      events,
      thresholds: thresholds.flatMap((read) => (read && 'threshold' in read ? [read.threshold] : [])),
    },
    findings: thresholds.flatMap((read) => (read && 'finding' in read ? [read.finding] : [])),
  };
}

interface ThresholdContext {
  readonly day: DayClock;
  /** Of the scenario, as written. */
  readonly warmUp: string;
  readonly map: SourceMap;
}

/** A warm-up is a window to the end of the run; a threshold that names a stretch of time itself keeps that. */
function readThreshold(written: WrittenThreshold, path: Path, { day, warmUp, map }: ThresholdContext): { readonly threshold: Threshold } | { readonly finding: Finding } {
  const plain = typeof written === 'string';
  const expression = plain ? written : written.expression;
  const parsed = parseThreshold(expression, day);
  if (parsed.ok) {
    const fromMs = durationMs((plain ? undefined : written.warmUp) ?? warmUp) ?? 0;
    const window = fromMs > 0 ? { window: { fromMs } } : {};
    return { threshold: { ...window, ...parsed.threshold, abort: plain ? DEFAULTS.abort : (written.abort ?? DEFAULTS.abort) } };
  }
  const where = plain ? path : [...path, 'expression'];
  const { offset, length, message, help } = parsed;
  return { finding: { code: 'SCN009', message, path: where, at: map.insideText(where, offset, length), ...(help === undefined ? {} : { help }) } };
}

function listAt(top: Record<string, unknown>, key: string): readonly unknown[] {
  return Array.isArray(top[key]) ? (top[key] as unknown[]) : [];
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step);
}
