import { HarnessError } from '../core/errors.js';
import { checksum, DEFAULT_ALGORITHM, type ChecksumAlgorithm } from './checksum.js';

export interface ApiTarget {
  /** As operators know it: with or without `/bigbluebutton` and `/api`. */
  readonly url: string;
  readonly secret: string;
  /** Undefined: sha256, which BBB ≥ 2.5 and Scalelite both know, unless the target shows that it takes another (BbbApi). */
  readonly algorithm?: ChecksumAlgorithm | undefined;
}

export type ApiParams = Readonly<Record<string, string | number | boolean | undefined>>;

/** `https://host/bigbluebutton/api`, without a trailing slash. Throws USAGE for what cannot be an API URL. */
export function normaliseApiUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new HarnessError('USAGE', 'the target URL cannot be read', { hint: 'it looks like https://bbb.example.org/bigbluebutton/api' });
  }
  const refuse = (why: string): never => {
    throw new HarnessError('USAGE', `the target URL ${why}`, { hint: 'it looks like https://bbb.example.org/bigbluebutton/api' });
  };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse(`must begin with https:// or http://, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '') refuse('must not contain a user name or password');
  if (url.search !== '' || url.hash !== '') refuse('must not contain a query or fragment');
  const path = url.pathname.replace(/\/+$/, '');
  if (path === '') return `${url.origin}/bigbluebutton/api`;
  if (path.endsWith('/bigbluebutton')) return `${url.origin}${path}/api`;
  if (path.endsWith('/api')) return `${url.origin}${path}`;
  return refuse(`ends with ${path}, not with /bigbluebutton/api`);
}

/** Query string in the given order, encoded as a form encodes it; undefined values are left out. */
export function queryString(params: ApiParams): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== undefined) query.append(name, String(value));
  return query.toString();
}

/** The call's URL with its checksum. Contains a credential: never log it unredacted. */
export function signedUrl(apiUrl: string, call: string, params: ApiParams, secret: string, algorithm: ChecksumAlgorithm = DEFAULT_ALGORITHM): string {
  const query = queryString(params);
  return `${apiUrl}/${call}?${query}${query === '' ? '' : '&'}checksum=${checksum(algorithm, call, query, secret)}`;
}
