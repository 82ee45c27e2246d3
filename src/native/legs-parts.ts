import type { AttendeeEvents, AttendeeSpec, Reception } from '../vu/attendee.js';
import type { ClientPage } from './client-page.js';
import type { MediaSample } from './media-samples.js';
import type { SfuLink } from './sfu-link.js';

/** What the media of one page of the client need, whatever carries them. */
export interface LegsParts {
  readonly spec: AttendeeSpec;
  readonly page: ClientPage;
  /** Of this page; asked once it is loaded. */
  readonly link: () => SfuLink;
  readonly nowMs: () => number;
  readonly phase: AttendeeEvents['phase'];
  readonly sample: (sample: MediaSample) => void;
  readonly received: (media: Reception) => void;
  readonly error: (code: string, phase: string) => void;
  /** The user is in the meeting: before and after, nothing is measured. */
  readonly inside: () => boolean;
}
