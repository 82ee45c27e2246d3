import type { Logger } from '../../core/log.js';
import { MediaChild } from '../../rtc/media-child.js';
import type { MediaCommand, MediaNews } from './messages.js';

type Counters = Omit<Extract<MediaNews, { is: 'counters' }>, 'is' | 'traffic'>;

const NO_COUNTERS: Counters = { packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0, keyFrameRequests: 0 };

/** One media process of the simulator and its newest counters. */
export class MediaProcess {
  readonly #child: MediaChild<MediaCommand, MediaNews>;
  #counters = NO_COUNTERS;

  constructor(logger: Logger, news: (news: MediaNews) => void, crashed: () => void) {
    this.#child = new MediaChild<MediaCommand, MediaNews>({
      entry: 'sim/media/worker.js',
      owner: 'the simulator',
      logger,
      news: (one) => {
        if (one.is === 'counters') this.#counters = one;
        news(one);
      },
      crashed: () => {
        this.#counters = NO_COUNTERS;
        crashed();
      },
    });
  }

  start(): void {
    this.#child.start();
  }

  tell(command: MediaCommand): void {
    this.#child.tell(command);
  }

  get counters(): Counters {
    return this.#counters;
  }

  close(): Promise<void> {
    return this.#child.close();
  }
}
