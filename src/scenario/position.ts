import type { Problem, Span } from './problem.js';

/** Line and column of a span, clipped to its first line: what a person and an editor need. */
export function positionOf(text: string, span: Span): Pick<Problem, 'line' | 'column' | 'length'> {
  const offset = Math.min(Math.max(0, span.offset), text.length);
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < lineStart; at = text.indexOf('\n', at + 1)) line++;
  const lineEnd = endOfLine(text, lineStart);
  const end = Math.min(offset + Math.max(1, span.length), Math.max(lineEnd, offset + 1));
  return { line, column: characters(text.slice(lineStart, offset)) + 1, length: Math.max(1, characters(text.slice(offset, end).trimEnd())) };
}

/** Text of a line (from 1) without its line break. */
export function lineOf(text: string, line: number): string {
  let start = 0;
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', start);
    if (next === -1) return '';
    start = next + 1;
  }
  return text.slice(start, endOfLine(text, start));
}

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  const end = newline === -1 ? text.length : newline;
  return text[end - 1] === '\r' && end > start ? end - 1 : end;
}

/** Characters as a person counts them, emoji as one. */
function characters(text: string): number {
  return [...text].length;
}
