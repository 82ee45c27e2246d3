/** Query parameters and fields whose values are credentials or derived from them. */
const NAMES = 'checksum|sessionToken|session_token|authToken|auth_token|token|access_token|password|attendeePW|moderatorPW|secret|JSESSIONID|X-Session-Token|credential|ice-pwd';
const PAIR = new RegExp(`\\b(${NAMES})(=|%3D|"\\s*:\\s*"|:\\s?)([^&\\s"'<>;,}\\\\]+)`, 'gi');
const ELEMENT = new RegExp(`<(${NAMES})>[^<]*</`, 'gi');

/**
 * Removes secrets from a text that a person or a file will see: checksums, session and auth tokens, passwords, cookies,
 * and every literal in `secrets` (the shared secrets in use). Applied by loggers, errors and reports, not by callers.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text.replace(PAIR, '$1$2[redacted]').replace(ELEMENT, '<$1>[redacted]</');
  for (const secret of secrets) {
    if (secret.length >= 4) clean = clean.split(secret).join('[redacted]').split(encodeURIComponent(secret)).join('[redacted]');
  }
  return clean;
}
