import { fork, type ChildProcess } from 'node:child_process';
import { sleep, type Clock } from '../../core/clock.js';
import type { Logger } from '../../core/log.js';
import { builtFile } from '../../core/paths.js';
import type { MediaCommand, MediaNews } from './messages.js';

type Counters = Omit<Extract<MediaNews, { is: 'counters' }>, 'is'>;

const NO_COUNTERS: Counters = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0, keyFrameRequests: 0 };

const CLOSE_LIMIT_MS = 2_000;

/** One media process; started again when it crashes, its sessions then fail. */
export class MediaProcess {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #news: (news: MediaNews) => void;
  readonly #crashed: () => void;
  #child: ChildProcess | undefined;
  #closing = false;
  #counters = NO_COUNTERS;

  constructor(clock: Clock, logger: Logger, news: (news: MediaNews) => void, crashed: () => void) {
    this.#clock = clock;
    this.#logger = logger;
    this.#news = news;
    this.#crashed = crashed;
  }

  start(): void {
    const child = fork(builtFile('sim/media/worker.js'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child = child;
    child.on('message', (message) => this.#hear(message as MediaNews));
    child.once('exit', (code, signal) => {
      if (this.#closing) return;
      this.#logger.log('error', `a media process of the simulator ended (${signal ?? code}); its sessions are lost, starting it again`);
      this.#counters = NO_COUNTERS;
      this.#crashed();
      this.start();
    });
  }

  /** While closing, and between a crash and the new start, there is nobody to tell: sessions end with the process. */
  tell(command: MediaCommand): void {
    if (this.#closing || this.#child?.connected !== true) return;
    this.#child.send(command);
  }

  get counters(): Counters {
    return this.#counters;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.connected) child.disconnect();
    const waited = new AbortController();
    // A media process holds nothing that must be saved; one that does not end by itself is ended.
    sleep(this.#clock, CLOSE_LIMIT_MS, waited.signal).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
    await exited;
    waited.abort();
  }

  #hear(news: MediaNews): void {
    if (news.is === 'counters') this.#counters = news;
    else this.#news(news);
  }
}
