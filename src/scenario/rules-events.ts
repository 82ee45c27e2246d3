import { closest } from '../core/suggest.js';
import type { Draft } from './draft.js';
import type { MeetingEvent, ScenarioEvent } from './event.js';
import { endMs } from './part-size.js';
import type { Finding, Path } from './problem.js';

/** Rules for events. */
export const EVENT_RULES: readonly ((draft: Draft) => readonly Finding[])[] = [eventTemplatesExist, faultsNeedTheSimulator, eventsHaveATeacher, hookNamesDiffer, eventsComeInTime, oneOfTwoKeys];

/** What a teacher begins. */
const BY_TEACHER: ReadonlySet<ScenarioEvent['do']> = new Set<ScenarioEvent['do']>(['mute', 'whiteboard', 'poll', 'slides', 'screen', 'breakouts']);

function eventTemplatesExist({ events, templates }: Draft): readonly Finding[] {
  if (!templates) return [];
  return events.flatMap(({ event, path }): Finding[] => {
    if (!('meetings' in event) || event.meetings === undefined || templates.has(event.meetings)) return [];
    const meant = closest(event.meetings, templates.keys());
    return [{ code: 'SCN010', message: `there is no meeting template "${event.meetings}"`, path: [...path, 'meetings'], help: meant === undefined ? `templates in this file: ${[...templates.keys()].join(', ')}` : `did you mean "${meant}"?` }];
  });
}

function faultsNeedTheSimulator({ events, target }: Draft): readonly Finding[] {
  if (target?.kind !== 'bbb') return [];
  return events.flatMap(({ event, path }): Finding[] => (event.do === 'fault' ? [{ code: 'SCN028', message: 'faults are for the simulator, but the target is a real fleet', path: [...path, 'do'], help: 'write target: simulator, or an exec event that does it to your server' }] : []));
}

function eventsHaveATeacher({ events, templates }: Draft): readonly Finding[] {
  const without = (event: ScenarioEvent, at: Path, teachers: number, name: string): Finding[] =>
    BY_TEACHER.has(event.do) && teachers === 0 ? [{ code: 'SCN028', message: `${event.do} needs a teacher, and ${name} has none`, path: at, help: 'give the template teachers: 1' }] : [];
  return [
    ...[...(templates ?? [])].flatMap(([name, template]) => (template?.events ?? []).flatMap((event, index) => without(event, ['meetings', name, 'events', index, 'do'], template!.teachers, name))),
    ...events.flatMap(({ event, path }) => {
      const template = 'meetings' in event && event.meetings !== undefined ? templates?.get(event.meetings) : undefined;
      return template ? without(event, [...path, 'do'], template.teachers, template.name) : [];
    }),
  ];
}

function hookNamesDiffer({ events }: Draft): readonly Finding[] {
  const seen = new Set<string>();
  return events.flatMap(({ event, path }): Finding[] => {
    if (event.do !== 'exec') return [];
    if (seen.has(event.name)) return [{ code: 'SCN019', message: `there is already an exec event named "${event.name}"`, path: [...path, 'name'], help: 'its output goes to a file of that name' }];
    seen.add(event.name);
    return [];
  });
}

/** Nothing happens when everybody has gone. */
function eventsComeInTime({ events, templates, parts, partsComplete }: Draft): readonly Finding[] {
  if (!partsComplete || parts.length === 0) return [];
  const lastMs = Math.max(...parts.map(({ part }) => endMs(part)));
  const ofTheDay = events.flatMap(({ event, path }): Finding[] => (event.atMs < lastMs ? [] : [{ code: 'SCN020', message: 'the event comes when everybody has left', path: [...path, 'at'], help: 'let it come earlier, or the load last longer' }]));
  const ofTemplates = [...(templates ?? [])].flatMap(([name, template]) => {
    const using = parts.filter(({ part }) => part.meetings === name);
    // The length of other meetings is not known beforehand.
    const lengths = using.flatMap(({ part }) => (part.executor === 'timetable' ? part.lessons.map(({ lengthMs }) => lengthMs) : [Number.POSITIVE_INFINITY]));
    if (!template || lengths.length === 0) return [];
    const longestMs = Math.max(...lengths);
    return template.events.flatMap(({ atMs }, index): Finding[] => (atMs < longestMs ? [] : [{ code: 'SCN020', message: 'the event comes after the longest lesson has ended', path: ['meetings', name, 'events', index, 'at'], help: 'at counts from the bell' }]));
  });
  return [...ofTheDay, ...ofTemplates];
}

/** Of `line` and `lines`, and of the two ways to say a camera profile, one counts. */
function oneOfTwoKeys({ writtenTemplates }: Draft): readonly Finding[] {
  return [...writtenTemplates].flatMap(([name, template]) =>
    (['teacher', 'pupil'] as const).flatMap((role) =>
      ([['line', 'lines'], ['cameraProfile', 'cameraProfiles']] as const).flatMap(([one, many]): Finding[] => {
        if (template[role]?.[one] === undefined || template[role][many] === undefined) return [];
        return [{ code: 'SCN020', message: `${one} has no effect beside ${many}`, path: ['meetings', name, role, one], help: 'remove one of the two' }];
      }),
    ),
  );
}

/** Actions that the events of one user's stay may come to, at most about; for the bound of a plan. */
export function actionsOf(events: readonly MeetingEvent[], stayMs: number): number {
  return events.reduce((sum, event) => {
    if (event.do === 'whiteboard') return sum + 2 + (event.share * Math.min(event.forMs, stayMs)) / event.everyMs;
    if (event.do === 'slides') return sum + Math.min(event.forMs, stayMs) / event.everyMs;
    return sum + 2;
  }, 0);
}
