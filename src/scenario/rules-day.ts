import type { Draft } from './draft.js';
import { mostOf } from './part-size.js';
import type { Finding, Path } from './problem.js';
import { timeOfDayMs, timeOfDayText } from './quantity.js';
import type { ClassSize, LoadPart, RoleBehaviour } from './scenario.js';

/** Rules for parts that follow bells, points and lists, and for the conditions of users. */
export const DAY_RULES: readonly ((draft: Draft) => readonly Finding[])[] = [timesOfDayArePlaced, pointsAreOneKind, timesAreInOrder, bellsAreNotTooEarly, arrivalsAddUp, sizesFit, curveFits, conditionsAddUp];

/** Every time of day in the file besides startOfDay, with its place. */
function* writtenInstants({ parts, events }: Draft): Generator<readonly [written: string, atMs: number, path: Path]> {
  for (const { written, part, path } of parts) {
    if ('start' in written && written.start !== undefined) yield [written.start, part.startMs, [...path, 'start']];
    if (written.executor === 'timetable' && part.executor === 'timetable') for (const [index, { bell }] of written.lessons.entries()) yield [bell, part.lessons[index]!.bellMs, [...path, 'lessons', index, 'bell']];
    if (written.executor === 'curve' && part.executor === 'curve') for (const [index, { at }] of written.points.entries()) yield [at, part.points[index]!.atMs, [...path, 'points', index, 'at']];
    if (written.executor === 'meeting-list' && part.executor === 'meeting-list')
      for (const [index, { from, to }] of written.list.entries()) {
        yield [from, part.list[index]!.bellMs, [...path, 'list', index, 'from']];
        yield [to, part.list[index]!.endMs, [...path, 'list', index, 'to']];
      }
  }
  for (const { written, event, path } of events) yield [written.at, event.atMs, [...path, 'at']];
}

function timesOfDayArePlaced(draft: Draft): readonly Finding[] {
  const { startOfDayMs } = draft;
  return [...writtenInstants(draft)].flatMap(([written, atMs, path]): Finding[] => {
    if (timeOfDayMs(written) === undefined) return [];
    const key = String(path.at(-1));
    if (startOfDayMs === undefined) return [{ code: 'SCN018', message: `${key} is a time of day (${written}), but the file has no startOfDay`, path, help: 'add startOfDay at the top of the file, or write a duration such as 90s' }];
    if (atMs >= 0) return [];
    return [{ code: 'SCN018', message: `${key} ${written} is before startOfDay ${timeOfDayText(startOfDayMs)}`, path, help: 'for a run beyond midnight write a duration since the beginning' }];
  });
}

function pointsAreOneKind({ parts }: Draft): readonly Finding[] {
  return parts.flatMap(({ written, path }): Finding[] => {
    if (written.executor !== 'curve') return [];
    const kindOf = (point: (typeof written.points)[number]): string | undefined => (point.users !== undefined && point.meetings !== undefined ? undefined : point.users !== undefined ? 'users' : point.meetings !== undefined ? 'meetings' : undefined);
    const first = kindOf(written.points[0]!);
    const wrong = written.points.findIndex((point) => kindOf(point) === undefined || kindOf(point) !== first);
    if (wrong === -1) return [];
    const kind = kindOf(written.points[wrong]!);
    const message = kind === undefined ? 'a point needs either users or meetings' : `this point has ${kind}, the first one ${first}`;
    return [{ code: 'SCN027', message, path: [...path, 'points', wrong], help: 'write users in every point, or meetings in every point' }];
  });
}

function timesAreInOrder({ parts }: Draft): readonly Finding[] {
  return parts.flatMap(({ part, path }): Finding[] => {
    switch (part.executor) {
      case 'curve': {
        const wrong = part.points.findIndex(({ atMs }, index) => index > 0 && atMs < part.points[index - 1]!.atMs);
        return wrong === -1 ? [] : [{ code: 'SCN024', message: 'this point is before the one above it', path: [...path, 'points', wrong, 'at'], help: 'sort the points by time' }];
      }
      case 'timetable':
        return part.lessons.flatMap(({ bellMs }, index): Finding[] => {
          const before = part.lessons[index - 1];
          if (!before || bellMs >= before.bellMs + before.lengthMs) return [];
          return [{ code: 'SCN024', message: 'this lesson begins before the one above it has ended', path: [...path, 'lessons', index, 'bell'], help: 'lessons of a class follow each other; for other classes write a part of their own' }];
        });
      case 'meeting-list':
        return part.list.flatMap(({ bellMs, endMs }, index): Finding[] => (endMs > bellMs ? [] : [{ code: 'SCN024', message: 'this meeting does not end after it begins', path: [...path, 'list', index, 'to'], help: 'for a meeting beyond midnight write durations since the beginning' }]));
      default:
        return [];
    }
  });
}

/** Parts whose people come round a bell: the first bell and where it stands, and the shortest time between a bell and its end. */
function bellOf(part: LoadPart, path: Path): { readonly firstMs: number; readonly at: Path; readonly shortestMs: number } | undefined {
  const first = (bells: readonly number[]): number => bells.indexOf(Math.min(...bells));
  switch (part.executor) {
    case 'timetable':
      return { firstMs: part.startMs, at: [...path, 'lessons', first(part.lessons.map(({ bellMs }) => bellMs)), 'bell'], shortestMs: Math.min(...part.lessons.map(({ lengthMs }) => lengthMs)) };
    case 'meeting-list':
      return { firstMs: part.startMs, at: [...path, 'list', first(part.list.map(({ bellMs }) => bellMs)), 'from'], shortestMs: Number.POSITIVE_INFINITY };
    case 'curve':
      return part.of === 'meetings' ? { firstMs: part.startMs, at: [...path, 'points', 0, 'at'], shortestMs: Number.POSITIVE_INFINITY } : undefined;
    default:
      return undefined;
  }
}

function bellsAreNotTooEarly({ parts, speed }: Draft): readonly Finding[] {
  return parts.flatMap(({ part, path }): Finding[] => {
    const bell = bellOf(part, path);
    if (!bell || !('comings' in part)) return [];
    const { comings } = part;
    const leadMs = Math.max(comings.teachersMostMs, ...comings.pupils.map(({ fromMs }) => -fromMs));
    const findings: Finding[] = [];
    const minutes = (ms: number): string => `${Number(((ms * speed) / 60_000).toFixed(1))} min`;
    if (bell.firstMs >= 0 && bell.firstMs < leadMs) findings.push({ code: 'SCN024', message: `people come ${minutes(leadMs)} before this, which is ${minutes(leadMs - bell.firstMs)} before the run begins`, path: bell.at, help: 'let startOfDay be earlier, the first bell later, or teacherLead and arrivals nearer to the bell' });
    const latest = comings.pupils.findIndex(({ toMs }) => toMs > bell.shortestMs);
    if (latest !== -1) findings.push({ code: 'SCN024', message: `pupils come as late as ${minutes(comings.pupils[latest]!.toMs)} after the bell, but the shortest lesson takes ${minutes(bell.shortestMs)}`, path: [...path, 'arrivals', latest, 'to'], help: 'give arrivals that end before the lesson does' });
    return findings;
  });
}

function arrivalsAddUp({ parts }: Draft): readonly Finding[] {
  return parts.flatMap(({ part, path }): Finding[] => {
    if (!('comings' in part)) return [];
    const { pupils, teachersLeastMs, teachersMostMs, changeoverLeastMs, changeoverMostMs } = part.comings;
    const sum = pupils.reduce((all, { share }) => all + share, 0);
    return [
      ...(Math.abs(sum - 1) > 1e-6 ? [addUp(`the shares of arrivals come to ${percent(sum)}, not 100%`, [...path, 'arrivals'])] : []),
      ...pupils.flatMap(({ fromMs, toMs }, index): Finding[] => (toMs >= fromMs ? [] : [{ code: 'SCN024', message: 'to is before from', path: [...path, 'arrivals', index, 'to'], help: 'a minus sign means before the bell' }])),
      ...(teachersLeastMs > teachersMostMs ? [{ code: 'SCN024', message: 'teacherLead: least is more than most', path: [...path, 'teacherLead'], at: 'key', help: 'both count back from the bell' } as const] : []),
      ...(changeoverLeastMs > changeoverMostMs ? [{ code: 'SCN024', message: 'changeover: least is more than most', path: [...path, 'changeover'], at: 'key', help: 'write the shorter time as least' } as const] : []),
    ];
  });
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;

function addUp(message: string, path: Path): Finding {
  return { code: 'SCN025', message, path, at: 'key', help: 'change a share so that they add up' };
}

function sizesFit({ parts, templates }: Draft): readonly Finding[] {
  return parts.flatMap(({ written, part, path }): Finding[] => {
    const template = templates?.get(part.meetings);
    if (!template) return [];
    if (part.executor === 'meeting-list') {
      const { list } = part;
      const wrong = list.findIndex(({ size }) => size > template.size || size < template.teachers);
      if (wrong === -1) return [];
      const many = list[wrong]!.size > template.size;
      return [{ code: 'SCN026', message: many ? `size ${list[wrong]!.size} is more than the ${template.size} of ${template.name}` : `size ${list[wrong]!.size} is less than the ${template.teachers} teachers of ${template.name}`, path: [...path, 'list', wrong, 'size'], help: `sizes of a meeting of ${template.name} are ${Math.max(1, template.teachers)} to ${template.size}` }];
    }
    if (!('classSize' in part) || !('classSize' in written)) return [];
    const message = sizeProblem(part.classSize, template.size, template.teachers);
    return message === undefined ? [] : [{ code: 'SCN026', message, path: written.classSize === undefined ? [...path, 'meetings'] : [...path, 'classSize'], at: written.classSize === undefined ? 'value' : 'key', help: 'min ≤ mean ≤ max ≤ size of the template, and teachers are counted in' }];
  });
}

function sizeProblem({ mean, min, max }: ClassSize, size: number, teachers: number): string | undefined {
  if (max > size) return `classSize.max is ${max}, but the template has room for ${size}`;
  if (min > max) return `classSize.min (${min}) is more than max (${max})`;
  if (mean < min || mean > max) return `classSize.mean (${mean}) is not between min (${min}) and max (${max})`;
  if (min < teachers) return `classSize.min (${min}) is less than the ${teachers} teachers of the template`;
  return undefined;
}

function curveFits({ parts, templates }: Draft): readonly Finding[] {
  return parts.flatMap(({ part, path }): Finding[] => {
    if (part.executor !== 'curve') return [];
    const most = mostOf(part.points);
    const at: Path = [...path, 'points', part.points.findIndex(({ value }) => value === most), part.of];
    const size = templates?.get(part.meetings)?.size;
    if (part.of === 'meetings' && most > part.meetingCount) return [{ code: 'SCN016', message: `${most} meetings at the same time, but meetingCount is ${part.meetingCount}`, path: at, help: `write meetingCount: ${most}` }];
    if (part.of === 'users' && size !== undefined && most > part.meetingCount * size) {
      return [{ code: 'SCN016', message: `${most} users do not fit into ${part.meetingCount} meetings of ${size}`, path: at, help: `${Math.ceil(most / size)} meetings would do` }];
    }
    return [];
  });
}

function conditionsAddUp({ templates }: Draft): readonly Finding[] {
  return [...(templates ?? [])].flatMap(([name, template]) => (['teacher', 'pupil'] as const).flatMap((role) => (template ? conditionsOf(template[role], ['meetings', name, role]) : [])));
}

function conditionsOf({ lines = [], cameraProfiles = [], audio, microphoneShare, speakEveryMs, webcamShare }: RoleBehaviour, path: Path): readonly Finding[] {
  const sum = (all: readonly { readonly share: number }[]): number => all.reduce((total, { share }) => total + share, 0);
  return [
    ...(sum(lines) > 1 + 1e-9 ? [addUp(`the shares of lines come to ${percent(sum(lines))}, more than 100%`, [...path, 'lines'])] : []),
    ...(sum(cameraProfiles) > 1 + 1e-9 ? [addUp(`the shares of cameraProfiles come to ${percent(sum(cameraProfiles))}, more than 100%`, [...path, 'cameraProfiles'])] : []),
    ...(cameraProfiles.length > 0 && webcamShare === 0 ? [{ code: 'SCN020', message: 'a camera profile has no effect: nobody of the role shares a camera', path, at: 'key', help: 'give webcamShare, or remove the profile' } as const] : []),
    ...(speakEveryMs !== undefined && audio !== 'microphone' && microphoneShare === 0 ? [{ code: 'SCN020', message: 'speakEvery has no effect: nobody of the role has a microphone', path: [...path, 'speakEvery'], help: 'give audio: microphone or a microphoneShare' } as const] : []),
  ];
}
