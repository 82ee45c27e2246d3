import { closest } from '../core/suggest.js';

export interface Refusal {
  readonly ok: false;
  /** Where in the expression, in UTF-16 units. */
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  readonly help?: string;
}

export type Read<T> = { readonly ok: true; readonly value: T } | Refusal;

/** A place in the expression that moves over what is read, blanks between tokens included. */
export class Reader {
  readonly text: string;
  #offset = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Offset of the next token. */
  get offset(): number {
    while (/\s/.test(this.text[this.#offset] ?? '')) this.#offset++;
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.offset >= this.text.length;
  }

  /** Takes `pattern` (sticky) if it stands here. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.offset;
    const match = pattern.exec(this.text);
    if (!match) return undefined;
    this.#offset = pattern.lastIndex;
    return match;
  }

  /** Refuses what stands here up to the next blank. */
  refuse(message: string, help?: string): Refusal {
    const offset = this.offset;
    const length = /^\S*/.exec(this.text.slice(offset))![0].length;
    return refusal(offset, Math.max(1, length), message, help);
  }
}

export function refusal(offset: number, length: number, message: string, help: string | undefined): Refusal {
  return help === undefined ? { ok: false, offset, length, message } : { ok: false, offset, length, message, help };
}

export const found = <T>(value: T): Read<T> => ({ ok: true, value });

export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const candidate = closest(word, candidates);
  return candidate === undefined ? undefined : `did you mean "${candidate}"?`;
}
