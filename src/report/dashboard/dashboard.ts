import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { every, type Clock } from '../../core/clock.js';
import { packageRoot } from '../../core/paths.js';
import { uniqueToken } from '../../core/random.js';
import type { BoardState, LiveBoard } from '../live-board.js';
import { labelStart } from '../live-next.js';
import { isLoopbackAddress, listenLocal, type LocalServer } from '../local-http.js';
import { refusalOf, type GuardOptions } from './guard.js';
import { eventText, Viewers } from './viewers.js';
import type { Hello, Tick } from './wire.js';

/** A run that is looked at. */
export interface ShownRun {
  readonly board: LiveBoard;
  readonly run: string;
  /** Run folder: pictures of failures are inside. */
  readonly dir: string;
  /** On the run's clock. */
  readonly nowMs: () => number;
  /** Which step of a search it is, for people: another may follow, so it is over only with the dashboard. Undefined: a run by itself. */
  readonly step?: string | undefined;
}

export interface DashboardOptions extends ShownRun {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly clock: Clock;
  /** What was confirmed on the page: to stop as the first Ctrl-C does, or to end at once as the second. May be asked again and again. */
  readonly ask: (how: 'stop' | 'end') => void;
}

export interface Dashboard extends AsyncDisposable {
  /** To open in a browser; with a token where other machines could. */
  readonly url: string;
  /** From now on another run is looked at, on pages that are open, too. */
  show(run: ShownRun): void;
}

const TICK_MS = 1_000;
/** Points of the course that may still have changed since the tick before. */
const LATE_POINTS = 8;
const MAX_PICTURE_BYTES = 8 * 1024 * 1024;
const TYPES: Readonly<Record<string, string>> = { '.png': 'image/png', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg' };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Files of the page, as built. */
const PAGE = join(packageRoot(), 'dist', 'report', 'dashboard', 'page');
const FILES: Readonly<Record<string, readonly [string, string]>> = {
  '/app.js': ['main.js', 'text/javascript; charset=utf-8'],
  '/app.css': ['style.css', 'text/css; charset=utf-8'],
};

/** Serves the live view of a run, or of one after the other, until it is disposed. PORT_IN_USE if the port is taken. */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host, port, clock } = options;
  const guard: GuardOptions = { host, token: isLoopbackAddress(host) ? undefined : uniqueToken(32), key: uniqueToken(32) };
  const desk = new Desk(options, guard);
  const server: LocalServer = await listenLocal({ host, port, flag: '--dashboard', handle: (request, response) => void desk.handle(request, response).catch(() => response.destroy()) });
  const done = new AbortController();
  const ticking = every(clock, TICK_MS, done.signal, () => desk.tick());
  return {
    url: `${server.origin}/${guard.token === undefined ? '' : `?token=${guard.token}`}`,
    show: (run) => desk.show(run),
    [Symbol.asyncDispose]: async () => {
      done.abort();
      await ticking;
      desk.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

class Desk {
  readonly #ask: DashboardOptions['ask'];
  readonly #guard: GuardOptions;
  readonly #viewers = new Viewers();
  #shown: ShownRun;
  /** Pages of another process on this port have another key. */
  readonly #served = uniqueToken(8);
  #ended = false;
  #told = -1;

  constructor({ ask, ...shown }: DashboardOptions, guard: GuardOptions) {
    this.#ask = ask;
    this.#shown = shown;
    this.#guard = guard;
  }

  show(run: ShownRun): void {
    this.#shown = run;
    this.#told = -1;
    const hello = this.#hello();
    this.#viewers.tell(hello, () => hello);
  }

  tick(): void {
    if (this.#viewers.count === 0) return;
    const { version, points } = this.#shown.board.history;
    const tick: Tick = { state: this.#state(), ...(version === this.#told ? {} : { points: points.slice(-LATE_POINTS) }) };
    this.#told = version;
    this.#viewers.tell(eventText('tick', tick), () => this.#hello());
  }

  /** The last state says that it is over, so that the page need not guess. */
  end(): void {
    this.#ended = true;
    this.tick();
    this.#viewers.end();
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request, this.#guard);
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('referrer-policy', 'no-referrer');
    if (refusal) return answer(response, refusal.status, refusal.why);
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST') {
      request.resume();
      if (pathname !== '/stop') return answer(response, 404, 'There is nothing here.');
      this.#ask(request.headers['x-firstbell-asks'] === 'end' ? 'end' : 'stop');
      return answer(response, 202, 'Stopping.');
    }
    if (request.method !== 'GET') return answer(response, 405, 'Only GET, and POST to stop.');
    if (pathname === '/') return this.#page(response);
    if (pathname === '/live') return this.#live(response);
    const file = FILES[pathname];
    if (file) return this.#file(response, file);
    const id = /^\/evidence\/(\d{1,9})$/.exec(pathname)?.[1];
    if (id !== undefined) return this.#picture(response, Number(id));
    answer(response, 404, 'There is nothing here.');
  }

  async #page(response: ServerResponse): Promise<void> {
    const html = await readFile(join(PAGE, 'index.html'), 'utf8');
    const query = this.#guard.token === undefined ? '' : `?token=${this.#guard.token}`;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html.replaceAll('%KEY%', this.#guard.key).replaceAll('%QUERY%', query));
  }

  async #file(response: ServerResponse, [name, type]: readonly [string, string]): Promise<void> {
    response.writeHead(200, { 'content-type': type }).end(await readFile(join(PAGE, name)));
  }

  #live(response: ServerResponse): void {
    if (!this.#viewers.add(response)) return answer(response, 503, 'Too many are looking already.');
    // A proxy (nginx) that gathers an answer before it passes it on would show nothing for minutes.
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    response.write(`retry: 1000\n${this.#hello()}`);
  }

  #state(): BoardState {
    const { board, nowMs, step } = this.#shown;
    const state = board.state(nowMs());
    return step === undefined ? state : { ...state, over: this.#ended };
  }

  #hello(): string {
    return eventText('hello', helloOf(this.#shown, this.#served, this.#state()));
  }

  /** Only of failures that are on the page, only pictures, only from within the run folder. */
  async #picture(response: ServerResponse, id: number): Promise<void> {
    const named = this.#shown.board.evidenceOf(id);
    const root = resolve(this.#shown.dir);
    const path = named === undefined ? undefined : resolve(root, named);
    const type = path === undefined ? undefined : TYPES[extname(path).toLowerCase()];
    if (path === undefined || type === undefined || !path.startsWith(root + sep)) return answer(response, 404, 'There is no such picture.');
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile() || found.size > MAX_PICTURE_BYTES) return answer(response, 404, 'There is no such picture.');
    response.writeHead(200, { 'content-type': type, 'content-length': found.size });
    createReadStream(path).on('error', () => response.destroy()).pipe(response);
  }
}

/** Times on the page are those of its state: a compressed day has no time of day. */
export function helloOf({ board, run, step }: Pick<ShownRun, 'board' | 'run' | 'step'>, served: string, state: BoardState): Hello {
  const { scenario, durationMs } = board.plan;
  const startOfDayMs = labelStart(board.plan);
  return { served, scenario, run, durationMs, ...(startOfDayMs === undefined ? {} : { startOfDayMs }), ...(step === undefined ? {} : { step }), points: board.history.points, state };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
