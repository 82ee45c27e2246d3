import type { Random } from '../../src/core/random.js';

/** Makers of bad input. All of them are cheap: a million cases take seconds, not hours. */

export function pick<T>(random: Random, all: readonly T[]): T {
  return all[random.int(all.length)]!;
}

const TROUBLE = ['\u0000', '\u001b[2J', '\ud800', '\u202e', '__proto__', 'constructor', 'toString', 'length', '4294967295', '-1', '1e309', 'NaN', 'null', '[]', '{}', '""', '<', '>', '&', '"', "'", '\\', '%', '\r\n', ' '.repeat(64), 'a'.repeat(300), '{'.repeat(40), '['.repeat(40)];

/** A text with some of its characters replaced, removed, doubled or added, or with a piece of another one in it. */
export function damagedText(random: Random, corpus: readonly string[]): string {
  let text = pick(random, corpus);
  for (let cuts = random.int(5); cuts > 0; cuts--) {
    const at = random.int(text.length + 1);
    const end = at + random.int(24);
    switch (random.int(6)) {
      case 0:
        text = text.slice(0, at) + text.slice(end);
        break;
      case 1:
        text = text.slice(0, at) + pick(random, TROUBLE) + text.slice(at);
        break;
      case 2:
        text = text.slice(0, end) + text.slice(at);
        break;
      case 3:
        text = text.slice(0, at) + String.fromCharCode(random.int(0x10000)) + text.slice(at + 1);
        break;
      case 4: {
        const other = pick(random, corpus);
        const from = random.int(other.length + 1);
        text = text.slice(0, at) + other.slice(from, from + random.int(200)) + text.slice(end);
        break;
      }
      default:
        text = text.slice(0, at);
    }
  }
  return text;
}

/** Pieces in any order. */
export function piecesOf(random: Random, pieces: readonly string[], most: number): string {
  let text = '';
  for (let left = random.int(most + 1); left > 0; left--) text += pick(random, pieces);
  return text;
}

export function bytesOf(random: Random, most: number): Buffer {
  const bytes = Buffer.allocUnsafe(random.int(most + 1));
  for (let at = 0; at < bytes.length; at++) bytes[at] = random.int(256);
  return bytes;
}

/** Some bits and bytes of it changed, cut off or added. */
export function damagedBytes(random: Random, corpus: readonly Buffer[]): Buffer {
  const original = pick(random, corpus);
  const bytes = Buffer.from(original.subarray(0, random.int(8) === 0 ? random.int(original.length + 1) : original.length));
  for (let cuts = random.int(4); cuts > 0 && bytes.length > 0; cuts--) bytes[random.int(bytes.length)] = random.int(256);
  return random.int(8) === 0 ? Buffer.concat([bytes, bytesOf(random, 40)]) : bytes;
}

/** Any JSON value; keys and texts from a list, so that they meet what readers look for. */
export function jsonValue(random: Random, words: readonly string[], depth = 3): unknown {
  switch (random.int(depth > 0 ? 9 : 7)) {
    case 0:
      return null;
    case 1:
      return random.int(2) === 0;
    case 2:
      return random.int(10) - 2;
    case 3:
      return pick(random, [0.5, -0, 1e308, 4294967295, 4294967296, -1e-7, 9007199254740993]);
    case 4:
    case 5:
      return pick(random, words);
    case 6:
      return pick(random, TROUBLE);
    case 7:
      return Array.from({ length: random.int(4) }, () => jsonValue(random, words, depth - 1));
    default:
      return Object.fromEntries(Array.from({ length: random.int(5) }, () => [pick(random, words), jsonValue(random, words, depth - 1)]));
  }
}

/** A JSON value with some fields replaced, removed, added, or doubled many times over. */
export function damagedJson(random: Random, value: unknown, words: readonly string[]): unknown {
  const copy = structuredClone(value);
  for (let cuts = 1 + random.int(3); cuts > 0; cuts--) damageOnce(random, copy, words);
  return copy;
}

function damageOnce(random: Random, value: unknown, words: readonly string[]): void {
  let at: unknown = value;
  for (let depth = 0; depth < 8; depth++) {
    if (typeof at !== 'object' || at === null) return;
    const keys = Object.keys(at);
    // A list has no named fields in JSON.
    const anew = keys.length === 0 || random.int(12) === 0;
    const key = Array.isArray(at) ? String(random.int(at.length + 1)) : anew ? pick(random, words) : pick(random, keys);
    const holder = at as Record<string, unknown>;
    const inner = Object.hasOwn(holder, key) ? holder[key] : undefined;
    if (depth < 7 && random.int(3) > 0 && typeof inner === 'object' && inner !== null) {
      at = inner;
      continue;
    }
    const change = random.int(4);
    if (change === 0) delete holder[key];
    else if (change === 1 && Array.isArray(inner)) put(holder, key, Array.from({ length: 20 }, () => inner[0] as unknown));
    else put(holder, key, jsonValue(random, words));
    return;
  }
}

/** As JSON.parse does: `__proto__` is a field like any other. */
function put(holder: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Nested so deep that what calls itself for each level runs out of stack. */
export function deep(random: Random, inner: string): string {
  const levels = pick(random, [50, 500, 5_000, 50_000]);
  return random.int(2) === 0 ? '['.repeat(levels) + inner + ']'.repeat(levels) : '{"a":'.repeat(levels) + (inner || '1') + '}'.repeat(levels);
}
