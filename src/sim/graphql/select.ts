import type { Selected } from './parse.js';

export type Row = Readonly<Record<string, unknown>>;

/** The selected columns of a row; what a row does not have is null, as an outer join gives it. */
export function project(row: Row, selection: readonly Selected[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { alias, name, selection: nested } of selection) {
    const value = row[name];
    if (nested.length === 0) result[alias] = value ?? null;
    else if (Array.isArray(value)) result[alias] = (value as Row[]).map((one) => project(one, nested));
    else result[alias] = typeof value === 'object' && value !== null ? project(value as Row, nested) : null;
  }
  return result;
}

/** Hasura's boolean expressions as far as BBB's client uses them. An operator we do not know matches nothing. */
export function matches(row: Row | null | undefined, where: unknown): boolean {
  if (typeof where !== 'object' || where === null) return true;
  return Object.entries(where as Record<string, unknown>).every(([name, condition]) => {
    if (name === '_and') return (condition as unknown[]).every((one) => matches(row, one));
    if (name === '_or') return (condition as unknown[]).some((one) => matches(row, one));
    if (name === '_not') return !matches(row, condition);
    const value = row?.[name];
    if (isComparison(condition)) return Object.entries(condition).every(([operator, operand]) => compare(value, operator, operand));
    return typeof value === 'object' && value !== null && matches(value as Row, condition);
  });
}

function isComparison(condition: unknown): condition is Record<string, unknown> {
  return typeof condition === 'object' && condition !== null && Object.keys(condition).every((name) => name.startsWith('_') && !['_and', '_or', '_not'].includes(name));
}

function compare(value: unknown, operator: string, operand: unknown): boolean {
  switch (operator) {
    case '_eq':
      return value === operand;
    case '_neq':
      return value !== operand;
    case '_in':
      return Array.isArray(operand) && operand.includes(value);
    case '_nin':
      return Array.isArray(operand) && !operand.includes(value);
    case '_is_null':
      return (value === null || value === undefined) === operand;
    case '_gt':
      return String(value) > String(operand);
    case '_gte':
      return String(value) >= String(operand);
    default:
      return false;
  }
}

/** `order_by: [{a: asc}, {b: desc_nulls_last}]`; stable. Nulls come last ascending and first descending, as in Postgres. */
export function ordered(rows: readonly Row[], orderBy: unknown): readonly Row[] {
  const keys = (Array.isArray(orderBy) ? orderBy : orderBy === undefined ? [] : [orderBy]).flatMap((one) => Object.entries(one as Record<string, string>));
  if (keys.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const [name, direction] of keys) {
      const order = compareValues(a[name], b[name], direction);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function compareValues(a: unknown, b: unknown, direction: string): number {
  const descending = direction.startsWith('desc');
  const aMissing = a === null || a === undefined;
  const bMissing = b === null || b === undefined;
  if (aMissing || bMissing) {
    if (aMissing && bMissing) return 0;
    const last = direction.endsWith('nulls_last') || (!descending && !direction.endsWith('nulls_first'));
    return aMissing === last ? 1 : -1;
  }
  if (a === b) return 0;
  const order = (a as string | number | boolean) < (b as string | number | boolean) ? -1 : 1;
  return descending ? -order : order;
}
