import { ACTION_OPERATIONS, JOIN_OPERATIONS, type Operation } from '../../bbb/operations.js';
import { JOIN_OPERATIONS_4 } from '../../bbb/operations-4.js';
import { parseOperation, type Selected } from './parse.js';

/** Columns by type. A type is named like its root field, or like the relation that leads to it. */
type Types = Map<string, Map<string, 'column' | 'relation'>>;

/** The client's `Patched_Timer` asks for a column that the recorded server did not have; the simulator does not have it either. */
const ABSENT: ReadonlySet<string> = new Set(['timer.startedOn']);

/** Columns that clients of the 3.0 line are known to ask for beyond the recorded operations. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  user: ['nameSortable', 'registeredAt', 'joined', 'currentlyInMeeting', 'raiseHandTime', 'ejected', 'ejectReason', 'speechLocale', 'webcamBackground', 'talking'],
  meeting: ['meetingId', 'name', 'extId', 'isBreakout', 'maxPinnedCameras', 'createdTime', 'ended', 'endedReasonCode', 'audioBridge', 'cameraBridge', 'screenShareBridge'],
  voice: ['muted', 'talking', 'callerName', 'startTime', 'endTime', 'spoke', 'callingWith'],
};

/** What a server of a line has. */
export type SimLine = '3.0' | '4.0';

const TYPES: Readonly<Record<SimLine, Types>> = { '3.0': readTypes(JOIN_OPERATIONS), '4.0': readTypes(JOIN_OPERATIONS_4) };

/** What recorded queries select is what exists: the schema is read from them. */
function readTypes(join: readonly Operation[]): Types {
  const found: Types = new Map();
  for (const { query, rootField } of [...join, ...ACTION_OPERATIONS]) {
    const operation = parseOperation(query);
    if (typeof operation === 'string' || operation.kind === 'mutation') continue;
    add(found, rootField, operation.selection);
  }
  for (const [type, columns] of Object.entries(MORE)) for (const column of columns) ensure(found, type).set(column, 'column');
  return found;
}

function ensure(found: Types, type: string): Map<string, 'column' | 'relation'> {
  let columns = found.get(type);
  if (!columns) {
    columns = new Map();
    found.set(type, columns);
  }
  return columns;
}

function add(found: Types, type: string, selection: readonly Selected[]): void {
  const columns = ensure(found, type);
  for (const { name, selection: nested } of selection) {
    if (ABSENT.has(`${type}.${name}`)) continue;
    columns.set(name, nested.length > 0 ? 'relation' : 'column');
    if (nested.length > 0) add(found, name, nested);
  }
}

export interface ValidationError {
  readonly message: string;
  readonly path: string;
}

/** What Hasura would say to a selection; undefined: fine. Source of the wording: the recorded answer to Patched_Timer. */
export function validate(rootField: string, selection: readonly Selected[], line: SimLine): ValidationError | undefined {
  const types = TYPES[line];
  if (!types.has(rootField)) return { message: `field '${rootField}' not found in type: 'subscription_root'`, path: `$.selectionSet.${rootField}` };
  return check(types, rootField, selection, `$.selectionSet.${rootField}`);
}

function check(types: Types, type: string, selection: readonly Selected[], path: string): ValidationError | undefined {
  const columns = types.get(type);
  for (const { name, selection: nested } of selection) {
    const here = `${path}.selectionSet.${name}`;
    if (name === '__typename') continue;
    if (!columns?.has(name)) return { message: `field '${name}' not found in type: '${type}'`, path: here };
    const wrong = nested.length > 0 ? check(types, name, nested, here) : undefined;
    if (wrong) return wrong;
  }
  return undefined;
}
