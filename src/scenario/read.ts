import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type YAMLError } from 'yaml';
import type { Finding, Path, Span } from './problem.js';
import { SourceMap, type SourceNode } from './source-map.js';

/** Limits of a file: far above what a person writes, far below what hurts. */
export const FILE_LIMITS = { chars: 256 * 1024, lineChars: 2_000, values: 20_000, depth: 16, syntaxErrors: 20 } as const;

/** Brackets open at the same time, those in texts and comments counted too; the YAML parser itself fails at some thousand levels. */
const MAX_OPEN_BRACKETS = 200;

export type ReadFile =
  | { readonly ok: true; readonly value: unknown; readonly map: SourceMap; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Text → plain values and where each stands. YAML 1.2 core schema: no merge keys, no custom tags. Never throws. */
export function readFileText(text: string): ReadFile {
  const tooMuch = tooMuchToParse(text);
  if (tooMuch) return { ok: false, findings: [tooMuch] };
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, stringKeys: true, version: '1.2', schema: 'core', merge: false, logLevel: 'error' });
  const findings = [...document.errors, ...document.warnings].slice(0, FILE_LIMITS.syntaxErrors).map(syntaxFinding);
  if (findings.length > 0) return { ok: false, findings };
  const walk = new Walk(text);
  const root = walk.visit(document.contents, [], undefined);
  if (walk.fatal) return { ok: false, findings: [walk.fatal] };
  return { ok: true, value: root.value, map: new SourceMap(root.node), findings: walk.duplicates };
}

/** What would cost the YAML parser its stack or its time, found without parsing. */
function tooMuchToParse(text: string): Finding | undefined {
  const finding = (message: string, offset: number): Finding => ({ code: 'SCN008', message, path: [], at: { offset, length: 1 } });
  if (text.length > FILE_LIMITS.chars) return finding(`the file has ${text.length} characters; at most ${FILE_LIMITS.chars} are read`, 0);
  let open = 0;
  let lineStart = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset]!;
    if (character === '\n') lineStart = offset + 1;
    else if (offset - lineStart >= FILE_LIMITS.lineChars) return finding(`a line is longer than ${FILE_LIMITS.lineChars} characters`, lineStart);
    if (character === '[' || character === '{') open++;
    if ((character === ']' || character === '}') && open > 0) open--;
    if (open > MAX_OPEN_BRACKETS) return finding(`more than ${MAX_OPEN_BRACKETS} brackets are open`, offset);
  }
  return undefined;
}

function syntaxFinding(error: YAMLError): Finding {
  const [from, to] = error.pos;
  const at = { offset: from, length: Math.max(1, to - from) };
  const message = `not YAML: ${lowerFirst(error.message.split('\n')[0]!)}`;
  const help = syntaxHelp(error.code);
  return { code: 'SCN001', message, path: [], at, ...(help === undefined ? {} : { help }) };
}

function syntaxHelp(code: YAMLError['code']): string | undefined {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'BAD_INDENT':
      return 'keys of one mapping begin in the same column';
    case 'MULTIPLE_DOCS':
      return 'one scenario a file: remove the line ---';
    case 'TAG_RESOLVE_FAILED':
      return 'scenario files need no tags (!…)';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'put a text that contains ": " in quotes';
    default:
      return undefined;
  }
}

interface Visited {
  readonly value: unknown;
  readonly node: SourceNode;
}

/** Turns YAML nodes into plain values, counting what aliases multiply. */
class Walk {
  readonly #text: string;
  /** Latest node of each anchor so far: what an alias stands for. */
  readonly #anchors = new Map<string, Node>();
  #values = 0;
  fatal: Finding | undefined;
  readonly duplicates: Finding[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  visit(given: Node | null, path: Path, key: Span | undefined): Visited {
    const value = spanOf(given);
    const leaf = { value, key, block: false, textOffset: undefined, children: new Map<string | number, SourceNode>() };
    this.#values++;
    if (path.length > FILE_LIMITS.depth) this.fatal ??= { code: 'SCN008', message: `values are nested deeper than ${FILE_LIMITS.depth}`, path, at: key ?? value };
    if (this.#values > FILE_LIMITS.values) this.fatal ??= { code: 'SCN008', message: `more than ${FILE_LIMITS.values} values, with aliases written out`, path, at: key ?? value };
    const node = isAlias(given) ? this.#resolve(given.source, path, value) : given;
    if (this.fatal || node === null) return { value: null, node: leaf };
    if ('anchor' in node && node.anchor) this.#anchors.set(node.anchor, node);
    const block = this.#text.slice(value.offset, value.offset + value.length).trimEnd().includes('\n');
    if (isMap(node)) return this.#visitMap(node.items as Pair<Node, Node | null>[], path, { ...leaf, block });
    if (isSeq(node)) return this.#visitSeq(node.items as (Node | null)[], path, { ...leaf, block });
    if (!isScalar(node)) return { value: null, node: leaf };
    return { value: node.value, node: { ...leaf, block, textOffset: this.#textOffset(node.value, spanOf(node)) } };
  }

  #visitMap(items: readonly Pair<Node, Node | null>[], path: Path, node: SourceNode): Visited {
    const children = new Map<string | number, SourceNode>();
    // No prototype: a key such as __proto__ is then a key like any other.
    const value = Object.create(null) as Record<string, unknown>;
    for (const item of items) {
      const name = isScalar(item.key) ? String(item.key.value) : '';
      const at = spanOf(item.key);
      if (children.has(name)) this.duplicates.push({ code: 'SCN002', message: `the key "${name}" stands twice in this mapping`, path: [...path, name], at, help: 'remove one of the two' });
      const child = this.visit(item.value, [...path, name], at);
      children.set(name, child.node);
      value[name] = child.value;
    }
    return { value, node: { ...node, children } };
  }

  #visitSeq(items: readonly (Node | null)[], path: Path, node: SourceNode): Visited {
    const visited = items.map((item, index) => this.visit(item, [...path, index], undefined));
    return { value: visited.map((child) => child.value), node: { ...node, children: new Map(visited.map((child, index) => [index, child.node])) } };
  }

  #resolve(anchor: string, path: Path, at: Span): Node | null {
    const node = this.#anchors.get(anchor);
    if (node) return node;
    this.fatal ??= { code: 'SCN001', message: `there is no anchor &${anchor} before this alias`, path, at };
    return null;
  }

  #textOffset(value: unknown, span: Span): number | undefined {
    if (typeof value !== 'string') return undefined;
    const from = /^["']/.test(this.#text[span.offset] ?? '') ? span.offset + 1 : span.offset;
    return this.#text.startsWith(value, from) ? from : undefined;
  }
}

function spanOf(node: Node | null): Span {
  const range = node?.range;
  return range ? { offset: range[0], length: range[1] - range[0] } : { offset: 0, length: 0 };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
