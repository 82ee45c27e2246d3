import { plain, type Paint } from './paint.js';
import { lineOf } from './position.js';
import type { Problem } from './problem.js';
import { looksLikeSecret } from './rules.js';

/** Characters of a line that are shown at most. */
const EXCERPT_WIDTH = 110;

/**
 * `file:line:column: error SCN012: message`, the line with a caret under the place, and what to do. No line break at the end.
 * Plain text unless `colour` is handed in. Values that may be secrets are masked in the excerpt.
 */
export function renderProblem(problem: Problem, text: string, fileName: string, colour: Paint = plain): string {
  const { line, column, length } = problem;
  const head = `${colour(`${fileName}:${line}:${column}:`, 'strong')} ${colour(`error ${problem.code}:`, 'error')} ${problem.message}`;
  const source = visible([...maskSecrets(lineOf(text, line))]);
  const from = column - 1 > EXCERPT_WIDTH - 20 ? column - 1 - Math.floor(EXCERPT_WIDTH / 2) : 0;
  const shown = source.slice(from, from + EXCERPT_WIDTH);
  const before = from > 0 ? ['…', ...shown.slice(1)] : shown;
  const excerpt = from + EXCERPT_WIDTH < source.length ? [...before.slice(0, -1), '…'] : before;
  const carets = '^'.repeat(Math.max(1, Math.min(length, EXCERPT_WIDTH - (column - 1 - from))));
  const lines = [
    head,
    `${colour(`${String(line).padStart(5)} |`, 'quiet')} ${excerpt.join('')}`.trimEnd(),
    `${colour('      |', 'quiet')} ${' '.repeat(column - 1 - from)}${colour(carets, 'error')}`,
  ];
  if (problem.help !== undefined) lines.push(`   ${colour('help:', 'accent')} ${problem.help}`);
  return lines.join('\n');
}

/** One column per character: tabs become a blank, control characters (escape sequences) a replacement. */
function visible(characters: readonly string[]): readonly string[] {
  return characters.map((character) => (character === '\t' ? ' ' : /[\p{Cc}\p{Cf}]/u.test(character) ? '\ufffd' : character));
}

const SECRET_KEY = /((?:secret\w*|sharedSecret|password|salt|token|checksum)["']?\s*[:=]\s*["']?)([^\s"',}&#]+)/gi;
const CREDENTIALS = /(:\/\/)([^\s/@]+)(?=@)/g;
const LONG_TOKEN = /[A-Za-z0-9+/]{24,}/g;

/** Covers what may be a secret, character by character, so that columns stay right. */
function maskSecrets(line: string): string {
  const cover = (text: string): string => '•'.repeat([...text].length);
  return line
    .replace(SECRET_KEY, (all: string, key: string, value: string) => (/^secretEnv/i.test(key) && /^[A-Za-z_]\w*$/.test(value) && !looksLikeSecret(value) ? all : key + cover(value)))
    .replace(CREDENTIALS, (_all: string, start: string, who: string) => start + cover(who))
    .replace(LONG_TOKEN, (token) => (looksLikeSecret(token) ? cover(token) : token));
}
