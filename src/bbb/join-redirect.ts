import { HarnessError } from '../core/errors.js';
import { errorForKey, serverWords } from './message-keys.js';

const MAX_ERRORS_CHARS = 4_000;

/**
 * A failed join is a redirect with `errors=[{"key","message"}]` (also with `redirect=false`), or one whose target has no
 * `sessionToken`. Undefined: the URL leads into the client. Source: ApiController.groovy.
 */
export function joinErrorOf(attempted: string, url: string): HarnessError | undefined {
  let target: URL;
  try {
    target = new URL(url);
  } catch {
    return new HarnessError('TARGET_NOT_BBB', `${attempted}: redirected to something that is no URL`);
  }
  const errors = target.searchParams.get('errors');
  if (errors !== null) {
    const { key, message } = firstError(errors);
    return errorForKey(attempted, key, message);
  }
  const token = target.searchParams.get('sessionToken');
  if (token === null || token === '') {
    return new HarnessError('JOIN_DENIED', `${attempted}: redirected to ${target.host}${serverWords(target.pathname, 80)} without a session`, { hint: 'the server sent the user away; see its bbb-web log' });
  }
  return undefined;
}

function firstError(text: string): { readonly key: string; readonly message: string } {
  if (text.length > MAX_ERRORS_CHARS) return { key: '', message: '' };
  try {
    const list: unknown = JSON.parse(text);
    const item: unknown = Array.isArray(list) ? list[0] : undefined;
    if (typeof item === 'object' && item !== null) {
      const { key, message } = item as { key?: unknown; message?: unknown };
      return { key: typeof key === 'string' ? key : '', message: typeof message === 'string' ? message : '' };
    }
  } catch {
    // Not JSON: the server's own words stay unknown.
  }
  return { key: '', message: '' };
}
