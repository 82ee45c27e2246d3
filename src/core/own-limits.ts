import { HarnessError } from './errors.js';

/**
 * What lets a process open more files. Node raises its own limit to the hard one, and `ulimit -n` in a shell that is not root's can only lower that: whoever
 * starts it has to.
 */
export const raiseOpenFiles = (files: number): string => `\`nofile ${files}\` in /etc/security/limits.d and a new login, \`systemd-run -p LimitNOFILE=${files} …\` or LimitNOFILE= of a unit, \`--ulimit nofile=${files}\` of a container`;

/** What the system says when this machine has run out of something, by Node's code. */
const LIMITS: ReadonlyMap<string, string> = new Map([
  ['EMFILE', 'this process may open no more files and sockets'],
  ['ENFILE', 'this machine may open no more files and sockets'],
  ['EADDRNOTAVAIL', 'this machine has no free local port for the connection'],
  ['ENOBUFS', 'this machine has no memory for more sockets'],
  ['ENOMEM', 'this machine has no memory left'],
]);

/** What helps, by the same codes. */
const HELP: ReadonlyMap<string, string> = new Map([
  ['EMFILE', `raise the limit of open files (${raiseOpenFiles(65_536)})`],
  ['ENFILE', 'raise fs.file-max (sysctl)'],
  ['EADDRNOTAVAIL', 'widen net.ipv4.ip_local_port_range (sysctl)'],
]);

/**
 * GENERATOR_LIMIT where an error (or what caused it) means that this machine is at its limit, undefined where it says something of the other side:
 * what the generator cannot do must never be counted against the target.
 */
export function ownLimit(attempted: string, error: unknown): HarnessError | undefined {
  let current: unknown = error;
  for (let depth = 0; typeof current === 'object' && current !== null && depth < 5; depth++) {
    const { code, cause, errors } = current as { readonly code?: unknown; readonly cause?: unknown; readonly errors?: readonly unknown[] };
    const limit = typeof code === 'string' ? LIMITS.get(code) : undefined;
    if (limit !== undefined) return new HarnessError('GENERATOR_LIMIT', `${attempted}: ${limit} (${String(code)})`, { hint: `${HELP.get(String(code)) ?? 'give it more memory'}, or bring the users from more machines`, cause: error });
    current = cause ?? errors?.[0];
  }
  return undefined;
}
