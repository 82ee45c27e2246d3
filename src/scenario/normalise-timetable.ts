import { DEFAULTS } from './defaults.js';
import { instantMs, lasting, shareOr, type DayClock } from './normalise-values.js';
import { offsetMs } from './quantity.js';
import type { ClassSize, Comings, Curve, MeetingList, Timetable } from './scenario.js';
import type { WrittenClassSize, WrittenComings, WrittenCurve, WrittenMeetingList, WrittenTimetable } from './shape-timetable.js';

/** `templateSize`: of the template that the part names; undefined if there is none that is sound. */
export function normaliseTimetable(written: WrittenTimetable, day: DayClock, templateSize: number | undefined): Timetable {
  const lessons = written.lessons.map(({ bell, length }) => ({ bellMs: instantMs(bell, day), lengthMs: lasting(length, day) }));
  return {
    name: written.name,
    executor: 'timetable',
    startMs: Math.min(...lessons.map(({ bellMs }) => bellMs)),
    meetings: written.meetings,
    meetingCount: written.schools * written.classesPerSchool,
    schools: written.schools,
    classesPerSchool: written.classesPerSchool,
    classSize: classSize(written.classSize ?? {}, templateSize),
    lessons,
    bellSpreadMs: lasting(written.bellSpread ?? DEFAULTS.bellSpread, day),
    comings: comings(written, day),
  };
}

export function normaliseCurve(written: WrittenCurve, day: DayClock, templateSize: number | undefined): Curve {
  const of = written.points.some(({ meetings }) => meetings !== undefined) ? 'meetings' : 'users';
  const points = written.points.map((point) => ({ atMs: instantMs(point.at, day), value: point[of] ?? 0 }));
  const all = templateSize ?? 1;
  return {
    name: written.name,
    executor: 'curve',
    startMs: points[0]!.atMs,
    meetings: written.meetings,
    meetingCount: written.meetingCount,
    of,
    points,
    classSize: written.classSize === undefined ? { mean: all, sigma: 0, min: all, max: all } : classSize(written.classSize, templateSize),
    comings: comings(written, day),
  };
}

export function normaliseMeetingList(written: WrittenMeetingList, day: DayClock): MeetingList {
  const list = written.list.map(({ from, to, size }) => ({ bellMs: instantMs(from, day), endMs: instantMs(to, day), size }));
  return { name: written.name, executor: 'meeting-list', startMs: Math.min(...list.map(({ bellMs }) => bellMs)), meetings: written.meetings, meetingCount: list.length, list, comings: comings(written, day) };
}

function classSize(written: NonNullable<WrittenClassSize>, templateSize: number | undefined): ClassSize {
  const D = DEFAULTS.classSize;
  const max = written.max ?? templateSize ?? Math.max(D.min, written.min ?? D.min, written.mean ?? D.mean);
  return { mean: written.mean ?? Math.min(D.mean, max), sigma: written.sigma ?? D.sigma, min: written.min ?? Math.min(D.min, max), max };
}

/** Compressed with the day: otherwise the rush at a bell would be spread over the whole of a short lesson. */
function comings(written: WrittenComings, day: DayClock): Comings {
  const { teacherLead, arrivals = DEFAULTS.arrivals, leaveWithin, changeover } = written;
  return {
    teachersMostMs: lasting(teacherLead?.most ?? DEFAULTS.teacherLead.most, day),
    teachersLeastMs: lasting(teacherLead?.least ?? DEFAULTS.teacherLead.least, day),
    pupils: arrivals.map(({ from, to, share }) => ({ fromMs: Math.round(offsetMs(from)! / day.speed), toMs: Math.round(offsetMs(to)! / day.speed), share: shareOr(share, 0) })),
    leaveWithinMs: lasting(leaveWithin ?? DEFAULTS.leaveWithin, day),
    changeoverLeastMs: lasting(changeover?.least ?? DEFAULTS.changeover.least, day),
    changeoverMostMs: lasting(changeover?.most ?? DEFAULTS.changeover.most, day),
  };
}
