import { HarnessError } from '../core/errors.js';
import type { ResolvedTarget } from './target.js';

/** What decides the outcome of a search's steps, by the option that says it: loads that were tried under other conditions cannot be added up. */
export type AskedOptions = Readonly<Record<string, string | number>>;

interface Asking {
  readonly require: number;
  readonly rate: number;
  readonly stepHold: number;
  readonly maxHold: number | undefined;
  readonly serversDown: number;
  readonly onlyServer: string | undefined;
  readonly takeDown: string | undefined;
  readonly bringBack: string | undefined;
  readonly fault: readonly string[];
}

/** Never a secret: the target by its address, the secret by the name of its variable. */
export function askedOf({ require, rate, stepHold, maxHold, serversDown, onlyServer, takeDown, bringBack, fault }: Asking, { kind, url, secretEnv }: Pick<ResolvedTarget, 'kind' | 'url' | 'secretEnv'>): AskedOptions {
  const all: Readonly<Record<string, string | number | undefined>> = {
    require,
    rate,
    'step-hold': stepHold,
    'max-hold': maxHold,
    ...(serversDown > 0 ? { 'servers-down': serversDown } : {}),
    'only-server': onlyServer,
    'take-down': takeDown,
    'bring-back': bringBack,
    ...(kind === 'simulator' ? { ...(fault.length > 0 ? { fault: fault.join(' ') } : {}) } : { url, 'secret-env': secretEnv }),
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Throws USAGE where a search is gone on with under other conditions than it was begun with. `begun`: undefined in folders of earlier versions. */
export function requireSame(begun: AskedOptions | undefined, now: AskedOptions): void {
  if (!begun) return;
  // Another secret's name, and another way to take servers down, change nothing of what is asked.
  const telling = [...new Set([...Object.keys(begun), ...Object.keys(now)])].filter((name) => !['secret-env', 'take-down', 'bring-back'].includes(name) && begun[name] !== now[name]);
  if (telling.length === 0) return;
  const differences = telling.map((name) => `${said(name, begun[name])}, not ${said(name, now[name])}`).join('; ');
  throw new HarnessError('USAGE', `this search was begun with ${differences}`, { hint: 'give the options that it was begun with, or begin a new search' });
}

function said(name: string, value: string | number | undefined): string {
  if (value !== undefined) return `--${name} ${value}`;
  return name === 'url' ? 'the bundled simulator' : `no --${name}`;
}

/** The command that goes on with a search. */
export function resumeCommand(scenario: string, asked: AskedOptions, dir: string): string {
  const options = Object.entries(asked).flatMap(([name, value]) => (name === 'fault' ? String(value).split(' ').map((fault) => `--fault ${quoted(fault)}`) : [`--${name} ${quoted(String(value))}`]));
  return ['firstbell capacity', quoted(scenario), ...options, '--resume', quoted(dir)].join(' ');
}

const quoted = (text: string): string => (/^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
