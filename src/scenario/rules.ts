import { closest } from '../core/suggest.js';
import type { Draft } from './draft.js';
import { arrivalsOf, loadMs, longestStayMs, mostUsers } from './part-size.js';
import type { Finding, Path } from './problem.js';
import { durationText } from './quantity.js';
import { DAY_RULES } from './rules-day.js';
import { actionsOf, EVENT_RULES } from './rules-events.js';
import type { LoadPart, MeetingTemplate, RoleBehaviour } from './scenario.js';

/** What must hold across fields. Each rule looks at the sound pieces of a draft and knows nothing of the others. */
export const RULES: readonly ((draft: Draft) => readonly Finding[])[] = [
  partNamesDiffer,
  templatesExist,
  partsTakeTime,
  partsHaveUsers,
  usersFitIntoMeetings,
  noMeetingStaysEmpty,
  teachersAreUsers,
  microphoneShareHasAnEffect,
  kindsAddUp,
  browserUsersExist,
  secretIsAName,
  urlIsUsable,
  planIsBounded,
  ...DAY_RULES,
  ...EVENT_RULES,
];

/** Arrivals, chat messages and other actions that a plan carries at most: each is an object in memory and a line in plan.json. */
export const PLAN_LIMITS = { arrivals: 1_000_000, chatMessages: 2_000_000, actions: 2_000_000 } as const;

function partNamesDiffer({ parts }: Draft): readonly Finding[] {
  const seen = new Set<string>();
  return parts.flatMap(({ part, path }): Finding[] => {
    if (seen.has(part.name)) return [{ code: 'SCN019', message: `there is already a part named "${part.name}"`, path: [...path, 'name'], help: 'reports tell parts apart by their names' }];
    seen.add(part.name);
    return [];
  });
}

function templatesExist({ parts, templates }: Draft): readonly Finding[] {
  if (!templates) return [];
  return parts.flatMap(({ part, path }): Finding[] => {
    if (templates.has(part.meetings)) return [];
    const meant = closest(part.meetings, templates.keys());
    const help = meant === undefined ? `templates in this file: ${[...templates.keys()].join(', ')}` : `did you mean "${meant}"?`;
    return [{ code: 'SCN010', message: `there is no meeting template "${part.meetings}"`, path: [...path, 'meetings'], help }];
  });
}

function partsTakeTime({ parts }: Draft): readonly Finding[] {
  return parts.flatMap(({ part, path }): Finding[] => {
    if (loadMs(part) > 0) return [];
    // Lessons and listed meetings have rules of their own.
    if (part.executor === 'timetable' || part.executor === 'meeting-list') return [];
    const message = `the part "${part.name}" takes no time`;
    if (part.executor === 'constant-users') return [{ code: 'SCN012', message, path: [...path, 'duration'], help: 'give a duration above 0s' }];
    if (part.executor === 'curve') return [{ code: 'SCN012', message, path: [...path, 'points'], at: 'key', help: 'the last point must be after the first' }];
    return [{ code: 'SCN012', message, path: [...path, 'stages'], at: 'key', help: 'at least one stage must have a duration above 0s' }];
  });
}

function partsHaveUsers({ parts }: Draft): readonly Finding[] {
  return parts.flatMap(({ part, path }): Finding[] => {
    if (part.executor === 'constant-users' || loadMs(part) === 0) return [];
    const rates = part.executor === 'ramping-arrival-rate';
    const none = rates ? arrivalsOf(part) < 1 : mostUsers(part) === 0;
    if (!none) return [];
    const why = rates ? 'its rates come to less than one arrival' : part.executor === 'curve' ? 'every point is 0' : 'every target is 0';
    return [{ code: 'SCN015', message: `the part "${part.name}" never has a user: ${why}`, path: [...path, part.executor === 'curve' ? 'points' : 'stages'], at: 'key', help: 'raise a target, or remove the part' }];
  });
}

/** Parts whose template is there and sound. */
function placed({ parts, templates }: Draft): { readonly part: LoadPart; readonly path: Path; readonly template: MeetingTemplate }[] {
  return parts.flatMap(({ part, path }) => {
    const template = templates?.get(part.meetings);
    return template ? [{ part, path, template }] : [];
  });
}

function usersFitIntoMeetings(draft: Draft): readonly Finding[] {
  return placed(draft).flatMap(({ part, path, template }): Finding[] => {
    // Curves and drawn sizes have rules of their own.
    if (!isStaged(part)) return [];
    const seats = part.meetingCount * template.size;
    const users = mostUsers(part);
    if (users <= seats) return [];
    const help = `${part.meetingCount} × ${template.name} (size ${template.size}) hold ${seats}; ${Math.ceil(users / template.size)} meetings would do`;
    return [{ code: 'SCN016', message: `${users} users do not fit into ${part.meetingCount} ${part.meetingCount === 1 ? 'meeting' : 'meetings'} of ${template.size}`, path: [...path, ...pathOfMost(part, users)], help }];
  });
}

type Staged = Extract<LoadPart, { readonly stages: unknown } | { readonly users: unknown }>;

function isStaged(part: LoadPart): part is Staged {
  return part.executor === 'ramping-users' || part.executor === 'constant-users' || part.executor === 'ramping-arrival-rate';
}

/** Where the file says the largest number of users of a part. */
function pathOfMost(part: Staged, users: number): Path {
  if (part.executor === 'constant-users') return ['users'];
  if (part.executor === 'ramping-arrival-rate') return ['maxUsers'];
  const stage = part.stages.findIndex(({ target }) => target === users);
  return stage === -1 ? ['startUsers'] : ['stages', stage, 'target'];
}

function noMeetingStaysEmpty({ parts }: Draft): readonly Finding[] {
  return parts.flatMap(({ part, path }): Finding[] => {
    const users = mostUsers(part);
    if (users === 0 || users >= part.meetingCount || (part.executor === 'curve' && part.of === 'meetings')) return [];
    return [{ code: 'SCN017', message: `meetingCount is ${part.meetingCount}, but never more than ${users} ${users === 1 ? 'user comes' : 'users come'}`, path: [...path, 'meetingCount'], help: 'users go to the meetings in turn; the last ones would stay empty' }];
  });
}

function teachersAreUsers({ templates }: Draft): readonly Finding[] {
  return [...(templates ?? [])].flatMap(([name, template]): Finding[] => {
    if (!template || template.teachers <= template.size) return [];
    return [{ code: 'SCN011', message: `teachers must be at most size (${template.size}), got ${template.teachers}`, path: ['meetings', name, 'teachers'], help: 'size counts teachers and pupils together' }];
  });
}

function microphoneShareHasAnEffect({ templates }: Draft): readonly Finding[] {
  return [...(templates ?? [])].flatMap(([name, template]) =>
    (['teacher', 'pupil'] as const).flatMap((role): Finding[] => {
      const behaviour = template?.[role];
      if (!behaviour || behaviour.audio === 'listen-only' || behaviour.microphoneShare === 0) return [];
      const why = behaviour.audio === 'microphone' ? 'everybody of the role has one already' : 'audio is none';
      return [{ code: 'SCN020', message: `microphoneShare has no effect: ${why}`, path: ['meetings', name, role, 'microphoneShare'], help: 'write audio: listen-only beside it, or remove it' }];
    }),
  );
}

function kindsAddUp({ users }: Draft): readonly Finding[] {
  if (!users || (users.browser === 'rest') !== (users.native === 'rest')) return [];
  const both = users.browser === 'rest';
  return [{ code: 'SCN013', message: both ? 'browser and native are both rest' : 'browser and native are both numbers; how many users there are is said by load', path: ['users'], at: 'key', help: both ? 'give one of them a number' : 'make one of them rest' }];
}

function browserUsersExist({ users, parts, partsComplete }: Draft): readonly Finding[] {
  if (!users || !partsComplete) return [];
  const people = parts.reduce((sum, { part }) => sum + mostUsers(part), 0);
  return (['browser', 'native'] as const).flatMap((kind): Finding[] => {
    const asked = users[kind];
    if (asked === 'rest' || asked <= people) return [];
    return [{ code: 'SCN021', message: `${asked} ${kind} users are asked for, but load has only ${people} users`, path: ['users', kind], help: `at most ${people}, or ${kind}: rest` }];
  });
}

function secretIsAName({ target }: Draft): readonly Finding[] {
  if (target?.kind !== 'bbb' || !looksLikeSecret(target.secretEnv)) return [];
  return [{ code: 'SCN014', message: 'secretEnv looks like a shared secret; it must be the NAME of an environment variable', path: ['target', 'secretEnv'], help: 'write secretEnv: BBB_SECRET and put the secret into that variable; if this file was shared, change the secret on the server' }];
}

/** `bbb-conf --secret` prints some 40 letters and digits; people name variables in words. */
export function looksLikeSecret(text: string): boolean {
  if (/^[0-9a-f]{16,}$/i.test(text)) return true;
  return text.length >= 20 && !text.includes('_') && /[a-z]/.test(text) && /\d.*\d/.test(text);
}

function urlIsUsable({ target }: Draft): readonly Finding[] {
  if (target?.kind !== 'bbb') return [];
  const path = ['target', 'url'];
  const url = URL.canParse(target.url) ? new URL(target.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return [{ code: 'SCN022', message: 'url is not a web address', path, help: 'for example https://bbb.example.org/bigbluebutton/' }];
  if (url.username !== '' || url.password !== '') return [{ code: 'SCN022', message: 'url contains a user name or password', path, help: 'remove what stands before the @' }];
  if (url.search !== '' || url.hash !== '') return [{ code: 'SCN022', message: 'url must end with its path', path, help: 'remove what stands from ? or # on; Firstbell makes the calls itself' }];
  return [];
}

function planIsBounded(draft: Draft): readonly Finding[] {
  let arrivals = 0;
  let messages = 0;
  let actions = 0;
  const everywhere = draft.events.flatMap(({ event }) => (event.do === 'exec' || event.do === 'fault' ? [] : [event]));
  for (const { part, template } of placed(draft)) {
    const coming = arrivalsOf(part);
    const stayMs = longestStayMs(part);
    const staying = part.executor === 'ramping-users' || (part.executor === 'curve' && part.of === 'users') ? Math.min(coming, mostUsers(part)) : coming;
    const most = (each: (behaviour: RoleBehaviour) => number): number => Math.max(each(template.teacher), each(template.pupil));
    arrivals += coming;
    messages += staying * most(({ chatEveryMs }) => (chatEveryMs === undefined ? 0 : stayMs / chatEveryMs));
    actions += staying * (most((behaviour) => actionsOfOne(behaviour, stayMs)) + actionsOf([...template.events, ...everywhere], stayMs));
  }
  const tooMany = (what: string, help: string): Finding => ({ code: 'SCN023', message: `the load comes to ${what}`, path: ['load'], at: 'key', help });
  return [
    ...(arrivals > PLAN_LIMITS.arrivals ? [tooMany(`${Math.round(arrivals)} arrivals; at most ${PLAN_LIMITS.arrivals} are planned`, 'split it into several scenarios')] : []),
    ...(messages > PLAN_LIMITS.chatMessages ? [tooMany(`up to ${Math.round(messages)} chat messages; at most ${PLAN_LIMITS.chatMessages} are planned`, `raise chatEvery, e.g. to ${durationText(600_000)}`)] : []),
    ...(actions > PLAN_LIMITS.actions ? [tooMany(`up to ${Math.round(actions)} actions; at most ${PLAN_LIMITS.actions} are planned`, 'raise reactEvery, speakEvery, slidesEvery or the `every` of an event')] : []),
  ];
}

/** What one user does besides chat, at most about. Slides and the screen are only one teacher's; they count for all here. */
function actionsOfOne({ reactEveryMs, speakEveryMs, speakForMs = 0, slidesEveryMs, screenShare }: RoleBehaviour, stayMs: number): number {
  return (reactEveryMs === undefined ? 0 : stayMs / reactEveryMs) + (speakEveryMs === undefined ? 0 : (2 * stayMs) / (speakEveryMs + speakForMs)) + (slidesEveryMs === undefined ? 0 : stayMs / slidesEveryMs) + (screenShare === undefined ? 0 : 2);
}
