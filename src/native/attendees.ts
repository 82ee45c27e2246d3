import type { BbbApi } from '../bbb/api.js';
import { HttpClient } from '../bbb/http.js';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/log.js';
import type { Attendee, AttendeeEvents, AttendeeFactory, AttendeeSpec } from '../vu/attendee.js';
import { MediaPool } from './media/media-pool.js';
import { NativeAttendee } from './native-attendee.js';
import { RECORDED_PROFILE, type WireProfile } from './wire-profile.js';

export interface NativeAttendeesOptions {
  readonly api: Pick<BbbApi, 'join'>;
  /** Default: the one recorded from BBB 3.0.19. */
  readonly profile?: WireProfile;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the wall clock of this machine is ahead of the run's, ms; default 0: it is the same machine. */
  readonly clockOffsetMs?: number;
  readonly onLoopDelay?: (delayMs: number) => void;
  readonly onSendLateness?: (latenessMs: number) => void;
}

/** Makes native users: sockets in this process, media in child processes. */
export class NativeAttendees implements AttendeeFactory {
  readonly kind = 'native';
  readonly #options: NativeAttendeesOptions;
  readonly #http: HttpClient;
  readonly #media: MediaPool;

  constructor(options: NativeAttendeesOptions) {
    const { clock, logger, onLoopDelay, onSendLateness } = options;
    this.#options = options;
    this.#http = new HttpClient(clock);
    this.#media = new MediaPool({ logger, ...(onLoopDelay === undefined ? {} : { onLoopDelay }), ...(onSendLateness === undefined ? {} : { onSendLateness }) });
  }

  create(spec: AttendeeSpec, events: AttendeeEvents, signal: AbortSignal): Promise<Attendee> {
    signal.throwIfAborted();
    const { api, profile = RECORDED_PROFILE, clock, clockOffsetMs = 0 } = this.#options;
    if (spec.audio !== 'none') this.#media.prepare(1);
    return Promise.resolve(new NativeAttendee({ spec, api, http: this.#http, profile, media: this.#media, events, clock, clockOffsetMs }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#media[Symbol.asyncDispose](), this.#http[Symbol.asyncDispose]()]);
  }
}
