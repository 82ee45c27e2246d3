/** What can be wrong with a scenario file. Codes are stable; docs/scenario.md lists them (a test compares). */
export const PROBLEM_CODES = {
  SCN001: 'The file is not YAML.',
  SCN002: 'A key stands twice in the same mapping.',
  SCN003: 'A key that Firstbell does not know.',
  SCN004: 'A key that is needed is missing.',
  SCN005: 'A value has the wrong type.',
  SCN006: 'A value is none of those allowed, or not written as it should be.',
  SCN007: 'A number, text or list is outside its limits.',
  SCN008: 'The file is too large, too deep, or repeats too much by aliases.',
  SCN009: 'A threshold cannot be read.',
  SCN010: 'A part uses a meeting template that does not exist.',
  SCN011: 'A meeting has more teachers than users.',
  SCN012: 'A part takes no time.',
  SCN013: 'Browser and native users do not add up: exactly one of them must be the rest.',
  SCN014: 'The shared secret itself seems to stand in the file.',
  SCN015: 'A part never has a user.',
  SCN016: 'More users than the meetings of the part hold.',
  SCN017: 'More meetings than users: some would stay empty.',
  SCN018: 'A time of day without startOfDay, or before it.',
  SCN019: 'Two parts have the same name.',
  SCN020: 'A setting that cannot have an effect.',
  SCN021: 'More browser users than there are users.',
  SCN022: 'The URL of the target cannot be used.',
  SCN023: 'The plan would be larger than Firstbell carries.',
  SCN024: 'A time that is out of order, or at which people would have to come before the run begins.',
  SCN025: 'Shares that do not add up.',
  SCN026: 'Sizes of meetings that do not fit together, or into the template.',
  SCN027: 'A point of a curve that says neither users nor meetings, both, or something else than the others.',
  SCN028: 'An event that cannot happen there.',
} as const;

export type ProblemCode = keyof typeof PROBLEM_CODES;

/** One thing wrong with a scenario file, for people and for `--json`. */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** Characters to underline on that line, at least 1. */
  readonly length: number;
  /** `load[0].stages[2].target`; empty for the file as a whole. */
  readonly path: string;
  /** What to do about it. */
  readonly help?: string;
}

export type Path = readonly (string | number)[];

/** Place in the file text, in UTF-16 units. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A problem as found, before its place is turned into line and column. */
export interface Finding {
  readonly code: ProblemCode;
  readonly message: string;
  readonly path: Path;
  /** What to underline: the value (default), the key, or a place already known. */
  readonly at?: 'value' | 'key' | Span;
  readonly help?: string;
}

/** `load[0].stages[2].target`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
