import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node, type Pair, type YAMLError } from 'yaml';
import type { Finding, Path, Span } from './problem.js';
import { SourceMap, type SourceNode } from './source-map.js';

/** Limits of a file: far above what a person writes, far below what hurts. */
export const FILE_LIMITS = { chars: 512 * 1024, values: 20_000, depth: 16, syntaxErrors: 20 } as const;

export type ReadFile =
  | { readonly ok: true; readonly value: unknown; readonly map: SourceMap; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Text → plain values and where each stands. YAML 1.2 core schema: no merge keys, no custom tags. Never throws. */
export function readFileText(text: string): ReadFile {
  if (text.length > FILE_LIMITS.chars) {
    const message = `the file has ${text.length} characters; at most ${FILE_LIMITS.chars} are read`;
    return { ok: false, findings: [{ code: 'SCN008', message, path: [], at: { offset: 0, length: 1 } }] };
  }
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true, stringKeys: true, version: '1.2', schema: 'core', merge: false, logLevel: 'silent' });
  const findings = [...document.errors, ...document.warnings].slice(0, FILE_LIMITS.syntaxErrors).map((error) => syntaxFinding(error, text));
  if (findings.some((finding) => finding.code !== 'SCN002')) return { ok: false, findings };
  const walk = new Walk(document, text);
  const root = walk.visit(document.contents, [], undefined);
  if (walk.tooMuch) return { ok: false, findings: [...findings, walk.tooMuch] };
  return { ok: true, value: root.value, map: new SourceMap(root.node), findings };
}

function syntaxFinding(error: YAMLError, text: string): Finding {
  const [from, to] = error.pos;
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^("[^"\n]*"|'[^'\n]*'|[^\s:]+)/.exec(text.slice(from))?.[0] ?? '';
    return { code: 'SCN002', message: `the key ${key} stands twice in this mapping`, path: [], at: { offset: from, length: Math.max(1, key.length) }, help: 'remove one of the two' };
  }
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
  readonly #document: Document.Parsed;
  readonly #text: string;
  #values = 0;
  tooMuch: Finding | undefined;

  constructor(document: Document.Parsed, text: string) {
    this.#document = document;
    this.#text = text;
  }

  visit(given: Node | null, path: Path, key: Span | undefined): Visited {
    const node = isAlias(given) ? (given.resolve(this.#document) ?? null) : given;
    const value = spanOf(given);
    const leaf = { value, key, block: false, textOffset: undefined, children: new Map<string | number, SourceNode>() };
    this.#values++;
    if (this.#values > FILE_LIMITS.values || path.length > FILE_LIMITS.depth) {
      const why = path.length > FILE_LIMITS.depth ? `values are nested deeper than ${FILE_LIMITS.depth}` : `more than ${FILE_LIMITS.values} values, with aliases written out`;
      this.tooMuch ??= { code: 'SCN008', message: why, path, at: key ?? value };
    }
    if (this.tooMuch || node === null) return { value: null, node: leaf };
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
      const child = this.visit(item.value, [...path, name], spanOf(item.key));
      children.set(name, child.node);
      value[name] = child.value;
    }
    return { value, node: { ...node, children } };
  }

  #visitSeq(items: readonly (Node | null)[], path: Path, node: SourceNode): Visited {
    const visited = items.map((item, index) => this.visit(item, [...path, index], undefined));
    return { value: visited.map((child) => child.value), node: { ...node, children: new Map(visited.map((child, index) => [index, child.node])) } };
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
