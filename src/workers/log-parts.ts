/** A message of the log. */
interface Part {
  readonly headers?: { get(name: string): string } | undefined;
  /** It is not delivered again. */
  term(): void;
}

const MAX_PARTS = 200;
/** Each worker sends one entry at a time. */
const MAX_INCOMPLETE = 2_000;

/** All parts of an entry once the last is there; undefined until then, and for what is no part of an entry. */
export function collect<T extends Part>(parts: Map<string, T[]>, message: T): readonly T[] | undefined {
  const id = message.headers?.get('entry') ?? '';
  const [part, count] = (message.headers?.get('part') ?? '').split('/').map(Number);
  if (id === '' || part === undefined || count === undefined || !(part >= 0 && part < count && count <= MAX_PARTS)) {
    message.term();
    return undefined;
  }
  const known = parts.get(id) ?? [];
  known[part] = message;
  if (known.filter(Boolean).length < count) {
    parts.set(id, known);
    // What never becomes whole must not pile up.
    for (const oldest of parts.keys()) if (parts.size > MAX_INCOMPLETE) parts.delete(oldest);
    return undefined;
  }
  parts.delete(id);
  return known;
}
