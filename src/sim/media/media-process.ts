import { fork, type ChildProcess } from 'node:child_process';
import type { Logger } from '../../core/log.js';
import { builtFile } from '../../core/paths.js';
import type { MediaCommand, MediaNews } from './messages.js';

type Counters = Omit<Extract<MediaNews, { is: 'counters' }>, 'is'>;

const NO_COUNTERS: Counters = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0, keyFrameRequests: 0 };

/** One media process; started again when it crashes, its sessions then fail. */
export class MediaProcess {
  readonly #logger: Logger;
  readonly #news: (news: MediaNews) => void;
  readonly #crashed: () => void;
  #child: ChildProcess | undefined;
  #closing = false;
  #counters = NO_COUNTERS;

  constructor(logger: Logger, news: (news: MediaNews) => void, crashed: () => void) {
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
    // A media process holds nothing that must be saved, and the WebRTC library can hang while it cleans up.
    child.kill('SIGKILL');
    await exited;
  }

  #hear(news: MediaNews): void {
    if (news.is === 'counters') this.#counters = news;
    else this.#news(news);
  }
}
