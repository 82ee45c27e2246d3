import type { Attendance, UserKind } from '../schedule/plan.js';
import type { Company, Stay } from '../vu/media-watch.js';

interface Sender extends Stay {
  readonly seq: number;
  readonly sound: boolean;
  readonly pictures: boolean;
}

/** Who by plan is with whom, in each meeting of a whole run: a share of it may have only some of them. */
export class Companies {
  readonly #senders = new Map<number, Sender[]>();
  readonly #mixed: ReadonlySet<number>;

  constructor(attendances: readonly Attendance[]) {
    this.#mixed = mixedMeetings(attendances);
    for (const attendance of attendances) {
      const sender = senderOf(attendance);
      if (sender === undefined) continue;
      const others = this.#senders.get(attendance.meeting);
      if (others) others.push(sender);
      else this.#senders.set(attendance.meeting, [sender]);
    }
  }

  /** Whether a meeting has users of both kinds. */
  isMixed(meeting: number): boolean {
    return this.#mixed.has(meeting);
  }

  /** Who sends what in the meeting of a user, without that user. */
  of({ seq, meeting }: Pick<Attendance, 'seq' | 'meeting'>): Company {
    const others = (this.#senders.get(meeting) ?? []).filter((sender) => sender.seq !== seq);
    return { sound: others.filter(({ sound }) => sound), pictures: others.filter(({ pictures }) => pictures) };
  }
}

/** Undefined: by plan it sends nothing all the time. Who switches the microphone on and off may be silent for long. */
function senderOf({ seq, dueMs, leaveMs, audio, webcam, actions = [], dropped }: Attendance): Sender | undefined {
  const sound = audio === 'microphone' && !actions.some(({ action }) => action.do === 'microphone');
  return dropped || (!sound && !webcam) ? undefined : { seq, fromMs: dueMs, untilMs: leaveMs, sound, pictures: webcam };
}

function mixedMeetings(attendances: readonly Attendance[]): ReadonlySet<number> {
  const having = (kind: UserKind): ReadonlySet<number> => new Set(attendances.filter((one) => one.kind === kind).map(({ meeting }) => meeting));
  const native = having('native');
  return new Set([...having('browser')].filter((meeting) => native.has(meeting)));
}
