import type { MeetingTemplate } from '../scenario/scenario.js';
import type { Place } from './seats.js';

/** What stands in BBB's user list: "Teacher 3 · lessons", "Pupil 12 · lessons 3"; `group` names a meeting or class. Unique within a meeting. */
export function nameOf({ meeting, position, role }: Place, part: string, { teachers }: Pick<MeetingTemplate, 'teachers'>, group: (meeting: number) => string = (number) => String(number + 1)): string {
  if (role === 'pupil') return `Pupil ${position - teachers + 1} · ${part} ${group(meeting)}`;
  const which = teachers > 1 ? `.${position + 1}` : '';
  return `Teacher ${group(meeting)}${which} · ${part}`;
}
