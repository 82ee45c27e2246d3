/* Repetitions that could run on are bounded: a long line of one word must not take a second each. */

/** Query parameters, fields and headers whose values are credentials or derived from them. */
const NAMES = [
  'checksum',
  'session[_-]?token',
  'auth[_-]?token',
  'access[_-]?token',
  'token',
  'password',
  'attendeePW',
  'moderatorPW',
  '(?:shared[_-]?)?secret',
  'securitySalt',
  'JSESSIONID',
  'credential',
  'ice-pwd',
  'api[_-]?key',
].join('|');

/** `name=`, `"name":`, `\"name\": ` (JSON in JSON), `name%3D`, `name: `; quotes of either kind round the name. */
const NAME = `(?:(?<![A-Za-z0-9_])|(?<=%[0-9A-Fa-f]{2}))((?:${NAMES})(?:\\\\*["'])?\\s*(?:=|%3D|:)\\s*)`;
const QUOTED = new RegExp(`${NAME}(\\\\*)(["'])(?:(?!\\2\\3)[^\\\\\\n]|(?!\\2\\3)\\\\.)*\\2\\3`, 'gi');
const BARE = new RegExp(`${NAME}(?!\\[redacted\\])[^&\\s"'<>;,}\\\\]+`, 'gi');
const ELEMENT = new RegExp(`<(${NAMES})(\\s[^>]{0,200})?>(?:<!\\[CDATA\\[[\\s\\S]{0,2000}?\\]\\]>|[^<])*</`, 'gi');
const HEADER = /\b((?:proxy-)?authorization\\*["']?\s*[:=]\s*\\*["']?)(?:(basic|bearer|digest)\s+)?[^\s"'\\,;}]+/gi;
const COOKIE = /\b((?:set-)?cookie\\*["']?\s*[:=]\s*\\*["']?)([^\n"'\\]+)/gi;
/** Variables as a shell has them: BBB_SECRET=…; not the error code API_CHECKSUM in front of a sentence. */
const VARIABLE = /\b([A-Z0-9_]{0,40}_(?:SECRET|TOKEN|PASSWORD|API_KEY)=)["']?[^\s"']+["']?/g;
const USERINFO = /([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/?#@"']{1,500}@/gi;

/** Shorter literals would blank out ordinary words. */
const MIN_SECRET_LENGTH = 4;

/**
 * Removes secrets from a text that a person or a file will see: checksums, session and auth tokens, passwords, cookies,
 * and every literal in `secrets` (the shared secrets in use). Applied by loggers, errors and reports, not by callers.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text
    .replace(COOKIE, (_all, head: string, pairs: string) => head + pairs.replace(/=[^;\s]+/g, '=[redacted]'))
    .replace(HEADER, (_all, head: string, scheme: string | undefined) => `${head}${scheme === undefined ? '' : `${scheme} `}[redacted]`)
    .replace(VARIABLE, '$1[redacted]')
    .replace(USERINFO, '$1[redacted]@')
    .replace(QUOTED, '$1$2$3[redacted]$2$3')
    .replace(BARE, '$1[redacted]')
    .replace(ELEMENT, '<$1$2>[redacted]</');
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    // As it stands, in a URL, and within JSON.
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) clean = clean.split(form).join('[redacted]');
  }
  return clean;
}
