import { HarnessError } from '../core/errors.js';
import { checkStatus, readApiAnswer } from './answer.js';
import type { HttpClient } from './http.js';
import { errorForKey } from './message-keys.js';
import { textOf } from './xml.js';

export interface TargetVersion {
  readonly apiVersion: string;
  /** undefined unless `allowRevealOfBBBVersion=true`, and behind a balancer. */
  readonly bbbVersion: string | undefined;
  /** ws: or wss: URL of this very server; undefined behind a balancer. */
  readonly graphqlWebsocketUrl: string | undefined;
}

const MAX_CHARS = 300;

/**
 * The unsigned index call: BBB answers JSON (asked for by the request's content type, of all things) with the GraphQL address,
 * Scalelite XML without. Source: BBB ApiController.groovy index; bbb-protocol §1.7.
 */
export async function askVersion(http: HttpClient, apiUrl: string, attempted: string, signal: AbortSignal): Promise<TargetVersion> {
  const answer = await http.get(attempted, apiUrl, signal, { 'content-type': 'application/json' });
  checkStatus(attempted, answer);
  return answer.text.trimStart().startsWith('{') ? versionFromJson(attempted, answer.text) : versionFrom(fieldsOfXml(attempted, answer.text));
}

/** Parses the JSON form. Throws TARGET_NOT_BBB for what is none, and the messageKey's error for FAILED. */
export function versionFromJson(attempted: string, text: string): TargetVersion {
  let response: unknown;
  try {
    response = (JSON.parse(text) as { response?: unknown }).response;
  } catch {
    response = undefined;
  }
  if (typeof response !== 'object' || response === null) throw new HarnessError('TARGET_NOT_BBB', `${attempted}: the JSON answer has no "response"`, { hint: 'is this the API URL? `bbb-conf --secret` prints it' });
  const field = (name: string): string => {
    const value = (response as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' ? value : '';
  };
  if (field('returncode') === 'FAILED') throw errorForKey(attempted, field('messageKey'), field('message'));
  return versionFrom(field);
}

function fieldsOfXml(attempted: string, text: string): (name: string) => string {
  const root = readApiAnswer(attempted, text);
  return (name) => textOf(root, name);
}

function versionFrom(field: (name: string) => string): TargetVersion {
  const graphql = field('graphqlWebsocketUrl').slice(0, MAX_CHARS);
  return {
    apiVersion: (field('apiVersion') || field('version')).slice(0, 32),
    bbbVersion: field('bbbVersion').slice(0, 64) || undefined,
    graphqlWebsocketUrl: /^wss?:\/\//i.test(graphql) && URL.canParse(graphql) ? graphql : undefined,
  };
}
