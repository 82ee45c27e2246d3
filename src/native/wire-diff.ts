import { parse, type SelectionSetNode } from 'graphql';
import { messageOf } from '../core/errors.js';
import { keyOf, type SfuFrame } from './sfu-frames.js';
import type { WireProfile } from './wire-profile.js';

/** What an upgrade changed on the wire, as far as native users and whoever speaks to BBB without its client are concerned. */
export interface WireDiff {
  readonly from: string;
  readonly to: string;
  readonly operations: {
    readonly gone: readonly string[];
    readonly added: readonly string[];
    readonly changed: readonly OperationChange[];
  };
  /** The join: names in the order of their frames, `-name` for an ended subscription. */
  readonly join: { readonly before: number; readonly after: number; readonly changes: readonly StepChange[] };
  /** Undefined: one of the profiles says nothing about the SFU. */
  readonly sfu: { readonly gone: readonly string[]; readonly added: readonly string[]; readonly changed: readonly SfuChange[] } | undefined;
}

export interface OperationChange {
  readonly operationName: string;
  /** Paths of fields in the query, e.g. `user.voice.muted`. */
  readonly fieldsGone: readonly string[];
  readonly fieldsAdded: readonly string[];
  /** Anything else: kind, arguments, conditions. */
  readonly otherwise: boolean;
}

export interface StepChange {
  readonly change: 'gone' | 'added' | 'variables';
  /** Place in the join of the profile that has it, from 1. */
  readonly at: number;
  readonly frame: string;
  readonly variablesGone?: readonly string[];
  readonly variablesAdded?: readonly string[];
}

export interface SfuChange {
  readonly frame: string;
  readonly fieldsGone: readonly string[];
  readonly fieldsAdded: readonly string[];
  /** `field: before → after`. */
  readonly values: readonly string[];
}

export function sameWire({ operations, join, sfu }: WireDiff): boolean {
  return operations.gone.length + operations.added.length + operations.changed.length + join.changes.length + (sfu ? sfu.gone.length + sfu.added.length + sfu.changed.length : 0) === 0;
}

/** Compares two profiles. Pure. */
export function diffProfiles(before: WireProfile, after: WireProfile): WireDiff {
  const [old, now] = [new Map(before.operations.map((one) => [one.operationName, one])), new Map(after.operations.map((one) => [one.operationName, one]))];
  const [joinBefore, joinAfter] = [startedIn(before), startedIn(after)];
  return {
    from: before.bbb,
    to: after.bbb,
    operations: {
      gone: without(joinBefore, now),
      added: without(joinAfter, old),
      changed: [...old.values()].flatMap((one) => {
        const other = now.get(one.operationName);
        if (!other || (normal(one.query) === normal(other.query) && one.kind === other.kind)) return [];
        const [fieldsBefore, fieldsAfter] = [fieldsOf(one.query), fieldsOf(other.query)];
        const fieldsGone = without(fieldsBefore, fieldsAfter);
        const fieldsAdded = without(fieldsAfter, fieldsBefore);
        return [{ operationName: one.operationName, fieldsGone, fieldsAdded, otherwise: fieldsGone.length + fieldsAdded.length === 0 }];
      }),
    },
    join: { before: before.join.length, after: after.join.length, changes: joinChanges(before, after) },
    sfu: before.sfu && after.sfu && sfuChanges(before.sfu, after.sfu),
  };
}

/** Others are there or not by which steps were recorded; they are compared where both have them. */
function startedIn({ join }: WireProfile): ReadonlySet<string> {
  return new Set(join.flatMap((step) => ('start' in step ? [step.start] : [])));
}

function joinChanges(before: WireProfile, after: WireProfile): readonly StepChange[] {
  const [old, now] = [before.join, after.join];
  const name = (step: (typeof old)[number]): string => ('end' in step ? `-${step.end}` : step.start);
  const changes: StepChange[] = [];
  for (const [from, to] of aligned(old.map(name), now.map(name))) {
    if (to === undefined) changes.push({ change: 'gone', at: from! + 1, frame: name(old[from!]!) });
    else if (from === undefined) changes.push({ change: 'added', at: to + 1, frame: name(now[to]!) });
    else {
      const [one, other] = [old[from]!, now[to]!];
      if ('end' in one || 'end' in other) continue;
      const [gone, added] = [new Set(pathsOf(one.variables)), new Set(pathsOf(other.variables))];
      const variablesGone = without(gone, added);
      const variablesAdded = without(added, gone);
      if (variablesGone.length + variablesAdded.length > 0) changes.push({ change: 'variables', at: to + 1, frame: other.start, variablesGone, variablesAdded });
    }
  }
  return changes;
}

/** Pairs of places of two lists by their longest common subsequence; a place without a partner stands alone. */
function aligned(a: readonly string[], b: readonly string[]): readonly (readonly [number | undefined, number | undefined])[] {
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
  const pairs: [number | undefined, number | undefined][] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) pairs.push([i++, j++]);
    else if (j >= b.length || (i < a.length && longest[i + 1]![j]! >= longest[i]![j + 1]!)) pairs.push([i++, undefined]);
    else pairs.push([undefined, j++]);
  }
  return pairs;
}

/** Names of variables with those inside them; a reference or generator is one value, and whatever stands for a value may change. */
function pathsOf(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).some((key) => key.startsWith('$'))) return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([key, one]) => pathsOf(one, path === '' ? key : `${path}.${key}`));
}

function sfuChanges(before: readonly SfuFrame[], after: readonly SfuFrame[]): WireDiff['sfu'] {
  const [old, now] = [new Map(before.map((one) => [keyOf(one), one])), new Map(after.map((one) => [keyOf(one), one]))];
  return {
    gone: without(old, now),
    added: without(now, old),
    changed: [...old].flatMap(([frame, { fields }]) => {
      const other = now.get(frame)?.fields;
      if (!other) return [];
      const [a, b] = [shownFields(fields), shownFields(other)];
      const values = [...a].filter(([field, value]) => b.has(field) && b.get(field) !== value).map(([field, value]) => `${field}: ${value} → ${b.get(field)!}`);
      const [fieldsGone, fieldsAdded] = [without(a, b), without(b, a)];
      return values.length + fieldsGone.length + fieldsAdded.length === 0 ? [] : [{ frame, fieldsGone, fieldsAdded, values }];
    }),
  };
}

function shownFields(fields: SfuFrame['fields']): ReadonlyMap<string, string> {
  return new Map(Object.entries(fields).map(([field, value]) => [field, shown(value)]));
}

/** A variable by its name, as the kind of a received value is. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  const variable = typeof value === 'object' && value !== null ? (value as { readonly $var?: unknown }).$var : undefined;
  return typeof variable === 'string' ? variable : JSON.stringify(value);
}

/** Keys of the first that the second has not. */
function without(one: { keys(): IterableIterator<string> }, other: { has(key: string): boolean }): readonly string[] {
  return [...one.keys()].filter((key) => !other.has(key));
}

function normal(query: string): string {
  return query.replace(/\s+/g, ' ').trim();
}

/** Every field of a query by its path; a query that cannot be read has none. */
function fieldsOf(query: string): ReadonlySet<string> {
  const paths = new Set<string>();
  const walk = (selections: SelectionSetNode | undefined, path: string): void => {
    for (const selection of selections?.selections ?? []) {
      if (selection.kind !== 'Field') continue;
      const here = path === '' ? selection.name.value : `${path}.${selection.name.value}`;
      if (!selection.selectionSet) paths.add(here);
      walk(selection.selectionSet, here);
    }
  };
  try {
    for (const definition of parse(query).definitions) if ('selectionSet' in definition) walk(definition.selectionSet, '');
  } catch (error) {
    paths.add(`(unreadable: ${messageOf(error).slice(0, 80)})`);
  }
  return paths;
}

/** For people. `texts` are the files that the profiles were read from: changes are named by their lines. */
export function renderWireDiff(diff: WireDiff, texts: { readonly before: string; readonly after: string }): string {
  if (sameWire(diff)) return `The wire of ${diff.from} and ${diff.to} is the same${diff.sfu ? '' : ' (the SFU was not compared)'}.\n`;
  const lines: string[] = [`The wire from ${diff.from} to ${diff.to}`];
  const [inBefore, inAfter] = [(name: string): string => lineOf(texts.before, name), (name: string): string => lineOf(texts.after, name)];
  section(lines, 'GraphQL operations', [
    ...diff.operations.gone.map((name) => `- ${name}${inBefore(name)}`),
    ...diff.operations.added.map((name) => `+ ${name}${inAfter(name)}`),
    ...diff.operations.changed.flatMap(({ operationName, fieldsGone, fieldsAdded, otherwise }) => [
      `~ ${operationName}${inAfter(operationName)}${otherwise ? ': same fields, other arguments or conditions' : ''}`,
      ...fieldsGone.map((field) => `    - ${field}`),
      ...fieldsAdded.map((field) => `    + ${field}`),
    ]),
  ]);
  section(lines, `Join (${diff.join.before} frames, now ${diff.join.after})`, diff.join.changes.flatMap(({ change, at, frame, variablesGone = [], variablesAdded = [] }) =>
    change === 'variables' ? [`~ frame ${at} ${frame}: its variables`, ...variablesGone.map((one) => `    - ${one}`), ...variablesAdded.map((one) => `    + ${one}`)] : [`${change === 'gone' ? '-' : '+'} frame ${at} ${frame}`],
  ));
  if (diff.sfu) {
    section(lines, 'SFU frames', [
      ...diff.sfu.gone.map((frame) => `- ${frame}`),
      ...diff.sfu.added.map((frame) => `+ ${frame}`),
      ...diff.sfu.changed.flatMap(({ frame, fieldsGone, fieldsAdded, values }) => [`~ ${frame}`, ...fieldsGone.map((field) => `    - ${field}`), ...fieldsAdded.map((field) => `    + ${field}`), ...values.map((value) => `    ~ ${value}`)]),
    ]);
  } else lines.push('', 'The SFU was not compared: one of the profiles says nothing about it.');
  return `${lines.join('\n')}\n`;
}

function section(lines: string[], title: string, entries: readonly string[]): void {
  lines.push('', entries.length === 0 ? `${title}: the same` : title, ...entries.map((entry) => `  ${entry}`));
}

/** ` (line 12)` of the operation in the profile's file. */
function lineOf(text: string, operationName: string): string {
  const at = text.indexOf(`"operationName": ${JSON.stringify(operationName)}`);
  return at < 0 ? '' : ` (line ${text.slice(0, at).split('\n').length})`;
}
