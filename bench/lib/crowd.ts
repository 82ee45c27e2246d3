import { spawn, type ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pLimit from 'p-limit';
import { BbbApi } from '../../src/bbb/api.js';
import { usageOfTrees } from '../../src/browser/process-tree.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/log.js';
import { packageRoot } from '../../src/core/paths.js';
import type { MetricName } from '../../src/metrics/catalogue.js';
import { NativeAttendees } from '../../src/native/attendees.js';
import type { Attendee, AttendeeSpec } from '../../src/vu/attendee.js';

const signal = new AbortController().signal;
// It never aborts; everyone listens to it.
setMaxListeners(0, signal);

/** What all users of a crowd measured, by metric; emptied by `take`. */
export class Meters {
  readonly #values = new Map<MetricName, number[]>();

  add(metric: MetricName, value: number): void {
    const values = this.#values.get(metric);
    if (values) values.push(value);
    else this.#values.set(metric, [value]);
  }

  take(metric: MetricName): readonly number[] {
    const values = this.#values.get(metric) ?? [];
    this.#values.delete(metric);
    return values;
  }
}

export interface Usage {
  readonly cpuSeconds: number;
  readonly pssMb: number;
}

let emptyPssMb: number | undefined;

/** A simulated fleet in processes of its own, and native users on it in this one and its media processes. */
export class Crowd implements AsyncDisposable {
  readonly meters = new Meters();
  readonly #sim: ChildProcess;
  readonly #api: BbbApi;
  readonly #factory: NativeAttendees;
  readonly #users: Attendee[] = [];
  #seq = 0;
  lost = 0;

  private constructor(sim: ChildProcess, api: BbbApi) {
    this.#sim = sim;
    this.#api = api;
    this.#factory = new NativeAttendees({ api, clock: systemClock, logger: silentLogger });
  }

  static async start({ servers, mediaProcesses = 1, more = [] }: { readonly servers: number; readonly mediaProcesses?: number; readonly more?: readonly string[] }): Promise<Crowd> {
    const args = [join(packageRoot(), 'bin', 'firstbell.js'), 'sim', '--json', '--servers', String(servers), '--media-processes', String(mediaProcesses), '--until-input-ends', ...more];
    const sim = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => createInterface({ input: sim.stdout! }).once('line', resolve));
    const { url, secret } = JSON.parse(line) as { url: string; secret: string };
    return new Crowd(sim, new BbbApi({ url, secret }, { clock: systemClock, timeoutMs: 60_000 }));
  }

  get size(): number {
    return this.#users.length;
  }

  /** Joins users, `at once` at a time; meetings are made as they are named. Rejects with the first that does not get in. */
  async join(specs: readonly Omit<AttendeeSpec, 'seq' | 'name'>[], atOnce: number): Promise<void> {
    for (const meetingID of new Set(specs.map(({ meetingId }) => meetingId))) await this.#api.create({ meetingID, name: meetingID }, signal);
    const limit = pLimit(atOnce);
    await Promise.all(specs.map((spec) => limit(() => this.#enter(spec))));
  }

  /** Of this process and its media processes. */
  async usage(): Promise<Usage> {
    return required(await usageOfTrees([process.pid], [this.#sim.pid!]));
  }

  /** PSS before the first crowd of this process, MB: later ones begin among the garbage of those before, which must not be taken off. */
  async emptyMb(): Promise<number> {
    return (emptyPssMb ??= (await this.usage()).pssMb);
  }

  async simUsage(): Promise<Usage> {
    return required(await usageOfTrees([this.#sim.pid!]));
  }

  /** Of the livekit-server alone; undefined: the fleet has none. */
  async livekitUsage(): Promise<Usage | undefined> {
    const { livekit } = (await (await fetch(new URL('/sim/state', this.#api.apiUrl))).json()) as { livekit?: { pid: number } };
    return livekit && required(await usageOfTrees([livekit.pid]));
  }

  /** A user that is in. */
  user(index: number): Attendee {
    return this.#users[index]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#users.map((user) => user[Symbol.asyncDispose]()));
    await this.#factory[Symbol.asyncDispose]();
    await this.#api[Symbol.asyncDispose]();
    const ended = new Promise((resolve) => this.#sim.once('exit', resolve));
    // It takes its livekit-server along.
    this.#sim.kill('SIGTERM');
    await ended;
  }

  async #enter(spec: Omit<AttendeeSpec, 'seq' | 'name'>): Promise<void> {
    const seq = ++this.#seq;
    const ignore = (): void => undefined;
    const user = await this.#factory.create({ ...spec, seq, name: `Bench ${seq}` }, { phase: ignore, sample: ({ metric, value }) => this.meters.add(metric, value) }, signal);
    await user.join(ignore, signal);
    if (spec.audio !== 'none') await user.connectAudio(spec.audio, ignore, signal);
    if (spec.webcam) await user.shareWebcam(signal);
    void user.lost.then(() => this.lost++);
    this.#users.push(user);
  }
}

function required(usage: Usage | undefined): Usage {
  if (!usage) throw new Error('this benchmark needs /proc (Linux)');
  return usage;
}

/** `--name value`, or what is usual. */
export function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} needs a whole number`);
  return value;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
