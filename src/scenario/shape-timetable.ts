import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import { amount, count, documented, duration, name, offset, optional, share, start } from './shape-values.js';

/** Parts of the load that follow bells, points and lists, in their written form. */

const instant = (description: string, examples: readonly string[]) => documented(start, { description: `${description}: a duration since the beginning of the run, or a time of day (needs startOfDay).`, examples });

const named = {
  name: documented(name, { description: 'Name of the part, unique in the file; meetings and users carry it.', examples: ['schools'] }),
  meetings: documented(name, { description: 'Name of a template under `meetings`: what teachers and pupils do, how many teachers there are, and the largest size.', examples: ['class'] }),
};

const classSize = z.strictObject({
  mean: optional(amount(1, 2_000), { description: 'Mean of the log-normal, before the cut.', default: DEFAULTS.classSize.mean }),
  sigma: optional(amount(0, 3), { description: 'Standard deviation of its logarithm; 0: all alike.', default: DEFAULTS.classSize.sigma }),
  min: optional(count(1, 2_000), { description: 'No meeting is smaller.', default: DEFAULTS.classSize.min }),
  max: optional(count(1, 2_000), { description: 'No meeting is larger. Without it: `size` of the template.' }),
});

const arrival = z.strictObject({
  from: documented(offset, { description: 'Before (-3m) or after the bell.', examples: ['-3m', '0s'] }),
  to: documented(offset, { description: 'Later than `from`; people come evenly in between.', examples: ['1m'] }),
  share: documented(share, { description: 'Share of the pupils that come then.', examples: ['25%'] }),
});

const comings = {
  teacherLead: optional(
    z.strictObject({
      most: optional(duration(), { description: 'The earliest come so long before the bell.', default: DEFAULTS.teacherLead.most }),
      least: optional(duration(), { description: 'The latest come so long before the bell.', default: DEFAULTS.teacherLead.least }),
    }),
    { description: 'When teachers come, evenly in between.' },
  ),
  arrivals: optional(z.array(arrival, { error: 'must be a list of mappings with from, to and share' }).min(1).max(50), {
    description: 'When pupils come, relative to the bell; the shares add up to 100 %. Without it: 30 % in the 3 minutes before, 25 % in the first minute after, 30 % until 5 minutes and 15 % stragglers until 15 minutes after.',
  }),
  leaveWithin: optional(duration(), { description: 'Everybody has left so long after the end.', default: DEFAULTS.leaveWithin }),
  changeover: optional(
    z.strictObject({
      least: optional(duration(), { description: 'At least.', default: DEFAULTS.changeover.least }),
      most: optional(duration(), { description: 'At most.', default: DEFAULTS.changeover.most }),
    }),
    { description: 'From one lesson into the next, for those who were still in the first when they should have come.' },
  ),
};

const lesson = z.strictObject({
  bell: instant('When it begins', ['08:00', '15m']),
  length: documented(duration(1_000), { description: 'From its bell to its end.', examples: ['45m'] }),
});

export const timetable = z.strictObject({
  ...named,
  executor: documented(z.literal('timetable'), { description: 'Schools with lessons: teachers before the bell, pupils around it, everybody out at the end and into the next lesson, which is another meeting. Pupils stay with their class, teachers go round the classes of their school.' }),
  schools: documented(count(1, 10_000), { description: 'How many schools.', examples: [40] }),
  classesPerSchool: documented(count(1, 1_000), { description: 'Classes of each.', examples: [12] }),
  classSize: optional(classSize, { description: 'Users of a class, its teachers included: log-normal, drawn again outside of `min` and `max`.' }),
  lessons: documented(z.array(lesson, { error: 'must be a list of lessons' }).min(1).max(100), { description: 'The lessons of every class, one after the other.' }),
  bellSpread: optional(duration(), { description: 'The bells of each school ring later than written by chance of 0 to this.', default: DEFAULTS.bellSpread, examples: ['5m'] }),
  ...comings,
});

export const curve = z.strictObject({
  ...named,
  executor: documented(z.literal('curve'), { description: 'Follows points in straight lines: users at the same time, or meetings at the same time.' }),
  meetingCount: documented(count(1, 100_000), { description: 'How many meetings there are at the same time, at most. Users fill them in turn, teachers first.', examples: [45] }),
  points: documented(
    z
      .array(
        z.strictObject({
          at: instant('When', ['0s', '08:05']),
          users: optional(count(0, 1_000_000), { description: 'Users at this instant.', examples: [1_800] }),
          meetings: optional(count(0, 100_000), { description: 'Meetings at this instant, instead of users.', examples: [180] }),
        }),
        { error: 'must be a list of points' },
      )
      .min(2)
      .max(2_000),
    { description: 'In order of time; all with users or all with meetings. Two at the same instant jump. After the last one everybody leaves.' },
  ),
  classSize: optional(classSize, { description: 'For points with meetings: users of a meeting. Without it every meeting has `size` of the template.' }),
  ...comings,
});

export const meetingList = z.strictObject({
  ...named,
  executor: documented(z.literal('meeting-list'), { description: 'Meetings one by one, each with begin, end and size; what `firstbell import` makes of an operator’s own list.' }),
  list: documented(
    z
      .array(
        z.strictObject({
          from: instant('Its bell', ['08:00']),
          to: instant('Its end', ['08:45']),
          size: documented(count(1, 2_000), { description: 'Users, teachers included; at most `size` of the template.', examples: [23] }),
        }),
        { error: 'must be a list of meetings with from, to and size' },
      )
      .min(1)
      .max(4_000),
    { description: 'The meetings.' },
  ),
  ...comings,
});

export type WrittenTimetable = z.infer<typeof timetable>;
export type WrittenCurve = z.infer<typeof curve>;
export type WrittenMeetingList = z.infer<typeof meetingList>;
export type WrittenClassSize = z.infer<typeof classSize>;
export type WrittenComings = Pick<WrittenTimetable, 'teacherLead' | 'arrivals' | 'leaveWithin' | 'changeover'>;
