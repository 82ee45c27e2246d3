import { maskOf } from '../state/changes.js';
import type { SimMeeting } from '../state/meeting.js';
import type { SimUser } from '../state/user.js';
import type { ParsedOperation } from './parse.js';
import { STREAMS, TABLES, type Table, type View } from './rows.js';
import { matches, ordered, project, type Row } from './select.js';

/** The document under the root field: rows, or the object of an aggregate. */
export type RootValue = readonly Row[] | Row;

export interface Source {
  /** Of the topics that change it. */
  readonly mask: number;
  readonly view: View;
  readonly stream: boolean;
}

/** What feeds a root field; undefined: there is no such field. */
export function sourceOf(rootField: string): Source | undefined {
  const stream = STREAMS[rootField];
  if (stream) return { mask: maskOf(stream.topics), view: 'personal', stream: true };
  const table = tableOf(rootField);
  return table && { mask: maskOf(table.topics), view: table.view, stream: false };
}

/** Evaluates an ordinary root: where, order, limit, offset, then the selection. */
export function evaluate(operation: ParsedOperation, variables: Readonly<Record<string, unknown>>, meeting: SimMeeting, user: SimUser): RootValue {
  const args = operation.args(variables);
  const rows = tableOf(operation.rootField)!
    .rows(meeting, user, args)
    .filter((row) => matches(row, args['where']));
  if (isAggregate(operation.rootField)) {
    const fields = { count: rows.length, __typename: `${operation.rootField}_fields` };
    return project({ aggregate: fields, __typename: operation.rootField }, operation.selection);
  }
  const offset = numberOr(args['offset'], 0);
  const limit = numberOr(args['limit'], rows.length);
  return ordered(rows, args['order_by'])
    .slice(offset, offset + limit)
    .map((row) => project(row, operation.selection));
}

export interface StreamBatch {
  readonly rows: readonly Row[];
  readonly cursorMs: number;
}

/** Rows of a stream newer than the cursor, at most a batch. */
export function nextBatch(operation: ParsedOperation, variables: Readonly<Record<string, unknown>>, cursorMs: number, meeting: SimMeeting, user: SimUser): StreamBatch | undefined {
  const args = operation.args(variables);
  const size = Math.max(1, numberOr(args['batch_size'], 10));
  const fresh = STREAMS[operation.rootField]!.rows(meeting, user).filter((one) => one.atMs > cursorMs && matches(one.row, args['where']));
  const last = fresh[Math.min(size, fresh.length) - 1];
  // Rows of the same instant come together, more than a batch if need be: the cursor could not tell them apart.
  return last && { rows: fresh.filter((one) => one.atMs <= last.atMs).map((one) => project(one.row, operation.selection)), cursorMs: last.atMs };
}

/** Where a stream begins: `cursor: {initial_value: {column: date}}`. */
export function initialCursor(operation: ParsedOperation, variables: Readonly<Record<string, unknown>>): number {
  const cursor = operation.args(variables)['cursor'];
  const initial = ((Array.isArray(cursor) ? cursor[0] : cursor) as { initial_value?: Record<string, unknown> } | undefined)?.initial_value;
  const ms = Date.parse(String(Object.values(initial ?? {})[0] ?? ''));
  return Number.isNaN(ms) ? 0 : ms;
}

function isAggregate(rootField: string): boolean {
  return rootField.endsWith('_aggregate');
}

function tableOf(rootField: string): Table | undefined {
  return TABLES[isAggregate(rootField) ? rootField.slice(0, -'_aggregate'.length) : rootField];
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : otherwise;
}
