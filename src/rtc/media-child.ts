import { fork, type ChildProcess, type Serializable } from 'node:child_process';
import { messageOf } from '../core/errors.js';
import type { Logger } from '../core/log.js';
import { builtFile } from '../core/paths.js';

export interface MediaChildOptions<News> {
  /** Entry below dist/. */
  readonly entry: string;
  /** Whose media it is, for the log: "the simulator". */
  readonly owner: string;
  readonly logger: Logger;
  readonly news: (news: News) => void;
  /** It ended by itself and has been started again; what it held is lost. */
  readonly crashed: () => void;
}

/**
 * V8 doubles its space for young objects whenever as much as it has room for has survived in it, and what packets have outside of the heap is freed only when it is
 * collected: without a bound both grow with each rush of users, for good (`npm run bench:churn`).
 */
const YOUNG_SPACE = '--max-semi-space-size=2';

/** A process that ends so often before it has said anything cannot work here. */
const MAX_SILENT_ENDS = 3;

/** A process for peer connections (libdatachannel cannot be in two threads of one); started again when it crashes, unless it never comes to anything. */
export class MediaChild<Command extends Serializable, News> {
  readonly #options: MediaChildOptions<News>;
  #child: ChildProcess | undefined;
  #closing = false;
  #silentEnds = 0;

  constructor(options: MediaChildOptions<News>) {
    this.#options = options;
  }

  start(): void {
    const { entry, owner, logger, news, crashed } = this.#options;
    const child = fork(builtFile(entry), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [...process.execArgv, YOUNG_SPACE] });
    this.#child = child;
    child.on('message', (message) => {
      this.#silentEnds = 0;
      news(message as News);
    });
    const over = (how: string): void => {
      if (this.#closing) return;
      const ended = `a media process of ${owner} ended (${how})`;
      if (++this.#silentEnds < MAX_SILENT_ENDS) {
        logger.log('error', `${ended}; its sessions are lost, starting it again`);
        this.start();
      } else logger.log('error', `${ended} ${MAX_SILENT_ENDS} times before it did anything, and is not started again: there is no media; try \`firstbell doctor\``);
      crashed();
    };
    child.once('exit', (code, signal) => over(String(signal ?? code)));
    // Of a process that never was there is no exit; of one that was, it is what it was told in its last moment, and nobody else would listen.
    child.on('error', (error) => {
      if (child.pid === undefined) over(messageOf(error));
    });
  }

  /** While closing, and between a crash and the new start, there is nobody to tell: sessions end with the process. */
  tell(command: Command): void {
    if (this.#closing || this.#child?.connected !== true) return;
    this.#child.send(command);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    // A media process holds nothing that must be saved, and the WebRTC library can hang while it cleans up.
    child.kill('SIGKILL');
    await exited;
  }
}
