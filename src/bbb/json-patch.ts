import jsonPatch, { type Operation as PatchOperation } from 'fast-json-patch';

/** Far above what a frame of the middleware has (it sends a patch only if that is less than half the document). */
const MAX_OPERATIONS = 20_000;
/** No meeting has so many rows. */
const MAX_ITEMS = 100_000;
const MAX_PATH_CHARS = 2_000;

type Container = Record<string, unknown> | unknown[];

/**
 * Applies an RFC 6902 patch of a server to a document, in place, and returns the new document; undefined if it does not fit, and then the
 * document is not to be relied upon. What a patch can name are fields and items that the document has, nothing that it inherits: a server that
 * puts a number where `map` was would otherwise stop whoever reads the rows. `copy` is refused: thirty of them double a document thirty times, and
 * the middleware (mattbaird/jsonpatch) sends none; so are items far behind the end of a list.
 */
export function patched(document: unknown, patch: readonly unknown[]): unknown {
  if (patch.length > MAX_OPERATIONS) return undefined;
  let current = document;
  try {
    for (const operation of patch) {
      if (!fits(current, operation)) return undefined;
      current = jsonPatch.applyOperation(current, operation, false, true, true).newDocument;
    }
  } catch {
    // E.g. a test that fails.
    return undefined;
  }
  return current;
}

function fits(document: unknown, operation: unknown): operation is PatchOperation {
  if (typeof operation !== 'object' || operation === null) return false;
  const { op, path, from } = operation as { readonly op?: unknown; readonly path?: unknown; readonly from?: unknown };
  switch (op) {
    case 'add':
      return 'value' in operation && leadsTo(document, path, true);
    case 'replace':
    case 'test':
      return 'value' in operation && leadsTo(document, path, false);
    case 'remove':
      return path !== '' && leadsTo(document, path, false);
    case 'move':
      // Into itself there is no place.
      return from !== '' && path !== '' && leadsTo(document, from, false) && leadsTo(document, path, true) && !String(path).startsWith(`${String(from)}/`);
    default:
      return false;
  }
}

/** Whether a pointer names something that is there, or (`anew`) a place in something that is there. */
function leadsTo(document: unknown, pointer: unknown, anew: boolean): boolean {
  if (pointer === '') return true;
  if (typeof pointer !== 'string' || pointer.length > MAX_PATH_CHARS || !pointer.startsWith('/')) return false;
  const parts = pointer.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = parts.pop()!;
  let at = document;
  for (const part of parts) {
    if (!isContainer(at) || !has(at, part)) return false;
    at = (at as Record<string, unknown>)[part];
  }
  if (!isContainer(at) || last === '__proto__') return false;
  if (!anew) return has(at, last);
  return Array.isArray(at) ? (last === '-' || isIndex(last, at.length)) && at.length < MAX_ITEMS : true;
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

function has(container: Container, key: string): boolean {
  return Array.isArray(container) ? isIndex(key, container.length - 1) : Object.hasOwn(container, key);
}

/** A whole number as RFC 6901 writes it, at most `most`. */
function isIndex(text: string, most: number): boolean {
  return /^(?:0|[1-9]\d{0,5})$/.test(text) && Number(text) <= most;
}
