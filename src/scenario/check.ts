import { draftOf, type Draft } from './draft.js';
import { DEFAULTS } from './defaults.js';
import { normaliseFleet, normaliseLimits, normaliseScrape, normaliseWire } from './normalise.js';
import { positionOf } from './position.js';
import { pathText, type Finding, type Problem, type Span } from './problem.js';
import { durationMs } from './quantity.js';
import { readFileText } from './read.js';
import { RULES } from './rules.js';
import type { MeetingTemplate, Scenario } from './scenario.js';
import { shapeFindings } from './shape-problems.js';
import type { WrittenScenario } from './shape.js';
import type { SourceMap } from './source-map.js';

export type { Problem } from './problem.js';

export type CheckedScenario = { readonly ok: true; readonly scenario: Scenario } | { readonly ok: false; readonly problems: readonly Problem[] };

/** A file with more is not a scenario file with mistakes; the rest is counted. */
const MAX_PROBLEMS = 200;

/** However fast the day goes by, the fleet is not asked more often. */
const MIN_CHECKPOINT_MS = 1_000;

/**
 * Reads and checks a scenario file: text → values with positions → shape → normal form → rules. All problems at once, sorted by
 * position, or a frozen scenario. Pure; never throws for what stands in the text. `fileName` is not opened.
 */
export function checkScenario(text: string, _fileName: string): CheckedScenario {
  const read = readFileText(text);
  if (!read.ok) return { ok: false, problems: placeAll(read.findings, text, undefined) };
  const shape = shapeFindings(read.value);
  const { draft, findings } = draftOf(read.value, shape, read.map);
  const all = [...read.findings, ...shape, ...findings, ...RULES.flatMap((rule) => rule(draft))];
  if (all.length > 0) return { ok: false, problems: placeAll(all, text, read.map) };
  return { ok: true, scenario: deepFreeze(assemble(read.value as WrittenScenario, draft)) };
}

function assemble(written: WrittenScenario, draft: Draft): Scenario {
  return {
    schema: 1,
    name: written.name,
    description: written.description ?? DEFAULTS.description,
    seed: written.seed ?? DEFAULTS.seed,
    startOfDayMs: draft.startOfDayMs,
    speed: draft.speed,
    target: draft.target!,
    fleet: normaliseFleet(written.fleet),
    meetings: Object.fromEntries(draft.templates as ReadonlyMap<string, MeetingTemplate>),
    load: draft.parts.map(({ part }) => part),
    events: draft.events.map(({ event }) => event),
    users: draft.users!,
    wire: normaliseWire(written.wire),
    thresholds: draft.thresholds,
    limits: normaliseLimits(written.limits),
    ...(written.scrape === undefined ? {} : { scrape: normaliseScrape(written.scrape) }),
    checkpointEveryMs: Math.max(MIN_CHECKPOINT_MS, durationMs(written.checkpointEvery ?? DEFAULTS.checkpointEvery)! / draft.speed),
  };
}

function placeAll(findings: readonly Finding[], text: string, map: SourceMap | undefined): readonly Problem[] {
  const placed = findings.map((finding) => ({ finding, span: spanOf(finding, map) }));
  placed.sort((a, b) => a.span.offset - b.span.offset || a.finding.code.localeCompare(b.finding.code));
  const problems = placed.slice(0, MAX_PROBLEMS).map(({ finding, span }) => toProblem(finding, span, text));
  const next = placed[MAX_PROBLEMS];
  if (next === undefined) return problems;
  const more: Finding = { code: 'SCN008', message: `${placed.length - MAX_PROBLEMS} more problems from here on`, path: [] };
  return [...problems, toProblem(more, next.span, text)];
}

function spanOf({ path, at }: Finding, map: SourceMap | undefined): Span {
  if (typeof at === 'object') return at;
  return (at === 'key' ? map?.keySpan(path) : map?.valueSpan(path)) ?? { offset: 0, length: 1 };
}

function toProblem({ code, message, path, help }: Finding, span: Span, text: string): Problem {
  return { code, message, ...positionOf(text, span), path: pathText(path), ...(help === undefined ? {} : { help }) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
