import { HarnessError } from '../core/errors.js';
import type { HttpAnswer } from './http.js';
import { errorForKey } from './message-keys.js';
import { parseResponse, textOf, type XmlObject } from './xml.js';

/** Throws TARGET_HTTP_STATUS or TARGET_NOT_BBB unless the status is 2xx: BBB sends its API errors with 200, so all else is a proxy, a missing service or an overload. */
export function checkStatus(attempted: string, { status, text }: Pick<HttpAnswer, 'status' | 'text'>): void {
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400) {
    throw new HarnessError('TARGET_NOT_BBB', `${attempted}: redirected (HTTP ${status}) where an answer was due`, { hint: 'give the URL that the redirect leads to, e.g. https instead of http' });
  }
  const page = /<html/i.test(text.slice(0, 500)) ? ' with an HTML page' : '';
  throw new HarnessError('TARGET_HTTP_STATUS', `${attempted}: HTTP ${status}${page}`, { hint: statusHint(status) });
}

/** The `<response>` of a SUCCESS answer. Throws the error of its messageKey when it is FAILED, else TARGET_NOT_BBB. */
export function readApiAnswer(attempted: string, text: string): XmlObject {
  const root = parseAnswer(attempted, text);
  const returncode = textOf(root, 'returncode');
  if (returncode === 'SUCCESS') return root;
  if (returncode === 'FAILED') throw errorForKey(attempted, textOf(root, 'messageKey'), textOf(root, 'message'));
  throw new HarnessError('TARGET_NOT_BBB', `${attempted}: the answer has no returncode`, { hint: 'is this the API URL? `bbb-conf --secret` prints it' });
}

function parseAnswer(attempted: string, text: string): XmlObject {
  try {
    return parseResponse(text);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new HarnessError(error.code, `${attempted}: ${error.message}`, { hint: error.hint ?? 'look at what the URL answers in a browser', cause: error });
  }
}

function statusHint(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return 'something in front of BBB asks for a login or blocks this machine';
    case 404:
      return 'is this the API URL? `bbb-conf --secret` prints it';
    case 429:
      return 'the server limits how often it may be asked';
    case 502:
    case 503:
    case 504:
      return 'bbb-web is down, starting or overloaded; look at nginx and bbb-web on that server';
    default:
      return 'look at nginx and bbb-web on that server';
  }
}
