import { readFileSync } from 'node:fs';
import type { BbbApi } from '../bbb/api.js';
import { SELECTORS } from '../bbb/selectors.js';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/log.js';
import { builtFile } from '../core/paths.js';
import type { Attendee, AttendeeEvents, AttendeeFactory, AttendeeSpec } from '../vu/attendee.js';
import { phaseOf, sendsMarks } from '../vu/marks.js';
import { BrowserAttendee, STATS_EVERY_MS } from './browser-attendee.js';
import type { DriverLimits } from './client-ui.js';
import { EvidenceStore, type EvidenceFolder } from './evidence.js';
import { browserFlags } from './flags.js';
import { playLine } from './line.js';
import { BrowserPool, VIEWPORT } from './pool.js';
import { shrinkWindow } from './small-window.js';
import { WireRecorder } from './wire-recorder.js';

export interface BrowserAttendeesOptions {
  readonly api: Pick<BbbApi, 'joinUrl'>;
  readonly executablePath: string;
  readonly root: boolean;
  readonly launches: number;
  readonly usersPerBrowser: number;
  readonly limits: DriverLimits;
  readonly evidence: EvidenceFolder;
  /** `userdata-*` of every join, without the prefix. */
  readonly userdata?: Readonly<Record<string, string | number | boolean>>;
  /** Frames per second of the fake camera. */
  readonly cameraFps?: number;
  /** What the wall clock of this machine is ahead of the run's, ms; default 0: it is the same machine. */
  readonly clockOffsetMs?: number;
  /** Given a recorder of each new page, which listens from its first socket on. */
  readonly onRecorder?: (recorder: WireRecorder) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIRST_MEDIA_EVERY_MS = 100;
const LAUNCH_TIMEOUT_MS = 30_000;
const CAMERA_FPS = 15;
/**
 * Nobody looks at these pages, and painting is a large part of what they cost: layout, sizes and what is decoded are those of 1280×720 CSS
 * pixels, painted with half the pixels in each direction, as on a page that is zoomed out. A listener costs a tenth less CPU and 3.5 MB less.
 */
const PIXEL_DENSITY = 0.5;

/** Makes browser users: a pool of Chromium processes, a context each, the probe in every page. */
export class BrowserAttendees implements AttendeeFactory {
  readonly kind = 'browser';
  readonly #options: BrowserAttendeesOptions;
  readonly #pool: BrowserPool;
  readonly #evidence: EvidenceStore;
  #probe: string | undefined;

  constructor(options: BrowserAttendeesOptions) {
    const { executablePath, launches, usersPerBrowser, root, cameraFps = CAMERA_FPS, clock, logger } = options;
    this.#options = options;
    this.#pool = new BrowserPool({ executablePath, args: browserFlags({ root, cameraFps, pixelDensity: PIXEL_DENSITY }), pixelDensity: PIXEL_DENSITY, launches, usersPerBrowser, launchTimeoutMs: LAUNCH_TIMEOUT_MS, clock, logger });
    this.#evidence = new EvidenceStore(options.evidence);
  }

  async create(spec: AttendeeSpec, events: AttendeeEvents, signal: AbortSignal): Promise<Attendee> {
    const seat = await this.#pool.seat(signal);
    try {
      const page = await seat.context.newPage();
      await shrinkWindow(page, { ...VIEWPORT, deviceScaleFactor: PIXEL_DENSITY });
      this.#options.onRecorder?.(new WireRecorder(page, this.#options.clock));
      const line = spec.line && (await playLine(seat.context, page, spec.line));
      const attendee = new BrowserAttendee({ spec, seat, page, line, joinUrl: this.#joinUrl(spec), limits: this.#options.limits, events, evidence: this.#evidence, clock: this.#options.clock });
      // A breakout room opens in a page of its own.
      await seat.context.exposeBinding('firstbellTell', (source, text: unknown) => attendee.hear(String(text), source.page));
      await seat.context.addInitScript({ content: this.#initScript(spec) });
      return attendee;
    } catch (error) {
      await seat[Symbol.asyncDispose]();
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }

  #joinUrl({ name, role, meetingId, seq, cameraViews, cameraProfile }: AttendeeSpec): string {
    return this.#options.api.joinUrl({
      meetingID: meetingId,
      fullName: name,
      role: role === 'teacher' ? 'MODERATOR' : 'VIEWER',
      // BBB counts participants by external id, so each user has its own.
      userID: `firstbell-${seq}`,
      userdata: { firstbell_camera_views: cameraViews, ...(cameraProfile === undefined ? {} : { bbb_preferred_camera_profile: cameraProfile }), ...this.#options.userdata },
    });
  }

  #initScript(spec: AttendeeSpec): string {
    const { clockOffsetMs = 0 } = this.#options;
    const config = {
      statsEveryMs: STATS_EVERY_MS,
      firstMediaEveryMs: FIRST_MEDIA_EVERY_MS,
      endedSelector: SELECTORS.meetingEndedModal,
      errorSelector: `${SELECTORS.errorScreen}, ${SELECTORS.errorMessage}`,
      witness: { chat: SELECTORS.chatMessages, chatText: SELECTORS.chatMessageText, userList: SELECTORS.userList, userItem: SELECTORS.userListItem },
      marks: { sends: sendsMarks(spec), behindMs: phaseOf(spec.meetingId) + clockOffsetMs },
      relayOnly: spec.forceTurn === true,
    };
    this.#probe ??= readFileSync(builtFile('browser/page/probe.js'), 'utf8');
    return `window.firstbellConfig = ${JSON.stringify(config)};\n${this.#probe}`;
  }
}
