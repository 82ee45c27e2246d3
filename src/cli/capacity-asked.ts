import { HarnessError } from '../core/errors.js';
import { quoted } from '../core/shell.js';
import type { NatsArgs } from './nats.js';
import type { ResolvedTarget } from './target.js';
import type { WatchArgs } from './watch-options.js';

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
  readonly workers: number | undefined;
  readonly browserWorkers: number;
}

/** What decides nothing, but is needed to go on in the same way. */
interface Means extends NatsArgs, WatchArgs {
  readonly workers: number | undefined;
  readonly waitForWorkers: number | undefined;
  readonly lang: string | undefined;
}

/** Never a secret: the target by its address, the secret by the name of its variable. */
export function askedOf({ require, rate, stepHold, maxHold, serversDown, onlyServer, takeDown, bringBack, fault, workers, browserWorkers }: Asking, { kind, url, secretEnv }: Pick<ResolvedTarget, 'kind' | 'url' | 'secretEnv'>): AskedOptions {
  const all: Readonly<Record<string, string | number | undefined>> = {
    require,
    rate,
    'step-hold': stepHold,
    'max-hold': maxHold,
    ...(serversDown > 0 ? { 'servers-down': serversDown } : {}),
    'only-server': onlyServer,
    'take-down': takeDown,
    'bring-back': bringBack,
    workers,
    ...(workers !== undefined && browserWorkers > 0 ? { 'browser-workers': browserWorkers } : {}),
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

/** The options by which a search reaches its workers, is watched and reported, as they were given. User and password in an address are left out: they come from the environment. */
export function meansOptions({ workers, waitForWorkers, nats, natsCreds, natsCa, natsCert, natsKey, dashboard, metricsPort, watchHost, scrape, prometheus, scrapeEvery, scrapeTokenEnv, lang }: Means): readonly string[] {
  const broker = workers === undefined ? [] : [option('nats', nats), option('nats-creds', natsCreds), option('nats-ca', natsCa), option('nats-cert', natsCert), option('nats-key', natsKey), option('wait-for-workers', waitForWorkers)];
  const posts = dashboard === undefined && metricsPort === undefined ? [] : [dashboard === undefined ? [] : [`--dashboard=${dashboard}`], option('metrics-port', metricsPort), option('watch-host', watchHost)];
  const sources = [...scrape.map((one) => option('scrape', one)), ...prometheus.map((one) => option('prometheus', one)), option('scrape-every', scrapeEvery), option('scrape-token-env', scrapeTokenEnv)];
  return [...broker, ...posts, ...sources, option('lang', lang)].flat();
}

const option = (name: string, value: string | number | undefined): readonly string[] => (value === undefined ? [] : [`--${name} ${quoted(withoutUser(String(value)))}`]);

/** Credentials in an address have no place on a terminal. */
const withoutUser = (text: string): string => text.replace(/\/\/[^/@,]*@/g, '//');

/** The command that goes on with a search. `means`: options besides those that were asked. */
export function resumeCommand(scenario: string, asked: AskedOptions, dir: string, means: readonly string[] = []): string {
  const options = Object.entries(asked).flatMap(([name, value]) => (name === 'fault' ? String(value).split(' ').map((fault) => `--fault ${quoted(fault)}`) : [`--${name} ${quoted(String(value))}`]));
  return ['firstbell capacity', quoted(scenario), ...options, ...means, '--resume', quoted(dir)].join(' ');
}
