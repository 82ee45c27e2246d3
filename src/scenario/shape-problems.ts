import type { z } from 'zod';
import { closest } from '../core/suggest.js';
import { unknownKeyHelp } from './known-keys.js';
import type { Finding, Path, ProblemCode } from './problem.js';
import { scenarioShape } from './shape.js';

type Issue = z.core.$ZodIssue;

/** Everything in which `file` differs from the shape of a scenario file. */
export function shapeFindings(file: unknown): readonly Finding[] {
  const parsed = scenarioShape.safeParse(file);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => fromIssue(issue, [], file));
}

function fromIssue(issue: Issue, under: Path, file: unknown): readonly Finding[] {
  const path = [...under, ...(issue.path as Path)];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, file));
  const value = valueAt(path, file);
  if (value === undefined && path.length > 0) return [missingKey(path, issue)];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const fitting = issue.errors.filter((branch) => branch.length > 0 && branch.every((inner) => inner.path.length > 0 || !['invalid_type', 'invalid_value'].includes(inner.code)));
    if (fitting.length === 1) return fitting[0]!.flatMap((inner) => fromIssue(inner, path, file));
  }
  if (issue.code === 'invalid_key') return [{ code: 'SCN006', message: `the name ${shown(path.at(-1))} ${issue.issues[0]?.message ?? 'is not allowed'}`, path, at: 'key' }];
  return [wrongValue(issue, path, value)];
}

function unknownKey(key: string, path: Path, file: unknown): Finding {
  const secret = /^(shared)?-?_?secret$|password|salt/i.test(key);
  const help = secret ? 'a secret never stands in a file: name the environment variable that holds it in secretEnv' : unknownKeyHelp(key, path, file);
  return { code: 'SCN003', message: `unknown key "${printable(key, 60)}"`, path: [...path, key], at: 'key', help };
}

function missingKey(path: Path, issue: Issue): Finding {
  const key = String(path.at(-1));
  const [text, help] = ownText(issue);
  const what = text?.replace(/^must be /, '');
  const hint = help ?? (issue.code === 'invalid_union' && 'options' in issue ? `one of ${(issue.options as readonly unknown[]).join(', ')}` : what);
  return { code: 'SCN004', message: `the key "${key}" is missing`, path, at: 'key', ...(hint === undefined ? {} : { help: hint }) };
}

function wrongValue(issue: Issue, path: Path, value: unknown): Finding {
  const { code, text, help } = describe(issue, value);
  const subject = typeof path.at(-1) === 'number' ? `item ${Number(path.at(-1)) + 1} of ${String(path.at(-2) ?? 'the list')}` : String(path.at(-1) ?? 'the file');
  const got = subject === 'secretEnv' || subject === 'url' ? '' : `, got ${shown(value)}`;
  return { code, message: `${subject} ${text}${got}`, path, at: 'value', ...(help === undefined ? {} : { help }) };
}

interface Description {
  readonly code: ProblemCode;
  readonly text: string;
  readonly help?: string | undefined;
}

function describe(issue: Issue, value: unknown): Description {
  const [own, ownHelp] = ownText(issue);
  const help = ownHelp ?? numberHelp(value);
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'SCN005', text: own ?? `must be ${NOUNS[issue.expected] ?? `of type ${issue.expected}`}`, help };
    case 'too_small':
    case 'too_big':
      return { code: 'SCN007', text: bound(issue) };
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const meant = typeof value === 'string' ? closest(value, allowed) : undefined;
      return { code: 'SCN006', text: allowed.length === 1 ? `must be ${allowed[0]}` : `must be one of ${allowed.join(', ')}`, help: meant === undefined ? undefined : `did you mean "${meant}"?` };
    }
    case 'invalid_union': {
      const options = 'options' in issue && issue.options ? (issue.options as readonly unknown[]).map(String) : undefined;
      if (!options) return { code: 'SCN006', text: own ?? 'has no form that is allowed here', help };
      const meant = typeof value === 'string' ? closest(value, options) : undefined;
      return { code: 'SCN006', text: `must be one of ${options.join(', ')}`, help: meant === undefined ? undefined : `did you mean "${meant}"?` };
    }
    case 'custom':
      return { code: own?.startsWith('must be at') || own?.startsWith('must name') ? 'SCN007' : 'SCN006', text: own ?? 'is not allowed', help: ownHelp };
    default:
      return { code: 'SCN006', text: own ?? 'is not allowed', help };
  }
}

const NOUNS: Readonly<Record<string, string>> = { object: 'a mapping', record: 'a mapping', array: 'a list', string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false' };

/** Our own message of the shape (it begins with "must") and the help after its line break. */
function ownText(issue: Issue): [string | undefined, string | undefined] {
  if (!issue.message.startsWith('must ')) return [undefined, undefined];
  const [text, help] = issue.message.split('\n');
  return [text, help];
}

function bound(issue: Issue & { code: 'too_small' | 'too_big' }): string {
  const least = issue.code === 'too_small';
  const limit = Number(least ? issue.minimum : issue.maximum);
  const word = least ? 'at least' : 'at most';
  if (issue.origin === 'string') return limit === 1 && least ? 'must not be empty' : `must have ${word} ${limit} characters`;
  if (issue.origin === 'array') return limit === 1 && least ? 'must not be empty' : `must have ${word} ${limit} items`;
  return `must be ${word} ${limit}`;
}

/** People write 6,000 or 6_000 or 6 000; YAML reads text then. */
function numberHelp(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\d{1,3}([,_ .']\d{3})+$/.test(value)) return undefined;
  return `write ${value.replace(/\D/g, '')}`;
}

function valueAt(path: Path, file: unknown): unknown {
  return path.reduce<unknown>((value, step) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined), file);
}

/** A value as a message quotes it: short, on one line, without control characters. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `"${printable(value, 40)}"`;
  return String(value);
}

/** Shortened, control characters (escape sequences, line breaks) replaced. */
export function printable(text: string, max: number): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd');
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}
