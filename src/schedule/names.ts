import type { MeetingTemplate } from '../scenario/scenario.js';
import type { Place } from './seats.js';

/** What stands in BBB's user list: "Teacher 3 · lessons", "Pupil 12 · lessons 3". Unique within a meeting. */
export function nameOf({ meeting, position, role }: Place, part: string, { teachers }: Pick<MeetingTemplate, 'teachers'>): string {
  if (role === 'pupil') return `Pupil ${position - teachers + 1} · ${part} ${meeting + 1}`;
  const which = teachers > 1 ? `.${position + 1}` : '';
  return `Teacher ${meeting + 1}${which} · ${part}`;
}
