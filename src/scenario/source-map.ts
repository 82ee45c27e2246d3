import type { Path, Span } from './problem.js';

/** Where one value of the file stands. Offsets in UTF-16 units. */
export interface SourceNode {
  readonly value: Span;
  /** Key in a mapping; undefined for items of a list and the root. */
  readonly key: Span | undefined;
  /** Written over several lines: underlining the value would underline half the file. */
  readonly block: boolean;
  /** Where the text of a string begins, when it stands in the file letter by letter. */
  readonly textOffset: number | undefined;
  readonly children: ReadonlyMap<string | number, SourceNode>;
}

/** Finds the place of a value or key by its path. */
export class SourceMap {
  readonly #root: SourceNode;

  constructor(root: SourceNode) {
    this.#root = root;
  }

  /** Place of the key; of the value where there is no key. */
  keySpan(path: Path): Span {
    const node = this.#nearest(path);
    return node.key ?? this.#start(node);
  }

  /** Place of the value; of its key when the value spans lines or is empty. Of the nearest enclosing value if the path is not in the file. */
  valueSpan(path: Path): Span {
    const node = this.#nearest(path);
    if (node.block || node.value.length === 0) return this.keySpan(path);
    return node.value;
  }

  /** Place of `length` characters at `offset` inside a string value; the whole value when it is written with escapes or over lines. */
  insideText(path: Path, offset: number, length: number): Span {
    const node = this.#nearest(path);
    return node.textOffset === undefined ? this.valueSpan(path) : { offset: node.textOffset + offset, length };
  }

  #nearest(path: Path): SourceNode {
    let node = this.#root;
    for (const step of path) {
      const child = node.children.get(step);
      if (!child) break;
      node = child;
    }
    return node;
  }

  /** First key or item of a block: the line where it begins. */
  #start(node: SourceNode): Span {
    if (!node.block) return node.value;
    const first = node.children.values().next().value;
    return first ? (first.key ?? this.#start(first)) : { offset: node.value.offset, length: 1 };
  }
}
