import { describe, expect, it } from 'vitest';
import { problemsOf, scenarioOf, scenarioText } from './scenario-text.js';

const timetable = (more: readonly string[], lessons = '[{ bell: 08:00, length: 45m }]'): string =>
  scenarioText({
    head: ['name: Test', 'target: simulator', 'startOfDay: 07:50'],
    meetings: ['meetings:', '  room: { size: 30 }'],
    load: ['load:', '  - name: schools', '    executor: timetable', '    meetings: room', '    schools: 4', '    classesPerSchool: 2', `    lessons: ${lessons}`, ...more.map((line) => `    ${line}`)],
  });
const curve = (points: string, meetingCount = 3): string => scenarioText({ load: ['load:', '  - name: day', '    executor: curve', '    meetings: room', `    meetingCount: ${meetingCount}`, `    points: [${points}]`] });
const list = (items: string): string => scenarioText({ load: ['load:', '  - name: ours', '    executor: meeting-list', '    meetings: room', `    list: [${items}]`] });
const withEvents = (...events: string[]): string => scenarioText({ tail: ['events:', ...events.map((event) => `  - ${event}`)] });
const room = (...lines: string[]): string => scenarioText({ meetings: ['meetings:', '  room:', '    size: 5', ...lines.map((line) => `    ${line}`)] });

describe('rules of the day', () => {
  it.each<[string, string, string, RegExp, RegExp]>([
    ['a first bell so early that people would come before the run', timetable([], '[{ bell: 07:53, length: 45m }]'), 'SCN024 load[0].lessons[0].bell', /6 min before this, which is 3 min before the run begins/, /startOfDay be earlier/],
    ['lessons that overlap', timetable([], '[{ bell: 08:00, length: 45m }, { bell: 08:30, length: 45m }]'), 'SCN024 load[0].lessons[1].bell', /before the one above it has ended/, /part of their own/],
    ['stragglers after the end of the lesson', timetable([], '[{ bell: 08:00, length: 10m }]'), 'SCN024 load[0].arrivals[3].to', /as late as 15 min after the bell, but the shortest lesson takes 10 min/, /before the lesson does/],
    ['arrivals that are not everybody', timetable(['arrivals: [{ from: -1m, to: 5m, share: 80% }]']), 'SCN025 load[0].arrivals', /come to 80%, not 100%/, /add up/],
    ['arrivals that go backwards', timetable(['arrivals: [{ from: 1m, to: -5m, share: 100% }]']), 'SCN024 load[0].arrivals[0].to', /to is before from/, /minus sign/],
    ['a lead that is no lead', timetable(['teacherLead: { most: 1m, least: 2m }']), 'SCN024 load[0].teacherLead', /least is more than most/, /bell/],
    ['classes larger than the template', timetable(['classSize: { max: 40 }']), 'SCN026 load[0].classSize', /max is 40, but the template has room for 30/, /size of the template/],
    ['a mean outside of the cut', timetable(['classSize: { mean: 3, min: 5 }']), 'SCN026 load[0].classSize', /mean \(3\) is not between min \(5\) and max \(30\)/, /min ≤ mean/],
    ['a lesson before the day begins', timetable([], '[{ bell: 07:40, length: 45m }]'), 'SCN018 load[0].lessons[0].bell', /bell 07:40 is before startOfDay 07:50/, /midnight/],
    ['points out of order', curve('{ at: 0s, users: 5 }, { at: 20s, users: 5 }, { at: 10s, users: 5 }'), 'SCN024 load[0].points[2].at', /before the one above/, /sort/],
    ['points of two kinds', curve('{ at: 0s, users: 5 }, { at: 20s, meetings: 2 }'), 'SCN027 load[0].points[1]', /has meetings, the first one users/, /every point/],
    ['a point that says nothing', curve('{ at: 0s, users: 5 }, { at: 20s }'), 'SCN027 load[0].points[1]', /either users or meetings/, /every point/],
    ['a curve above its seats', curve('{ at: 0s, users: 5 }, { at: 20s, users: 16 }'), 'SCN016 load[0].points[1].users', /16 users do not fit into 3 meetings of 5/, /4 meetings would do/],
    ['a curve above its meetings', curve('{ at: 10m, meetings: 1 }, { at: 20m, meetings: 4 }'), 'SCN016 load[0].points[1].meetings', /4 meetings at the same time/, /meetingCount: 4/],
    ['a curve without time', curve('{ at: 5s, users: 5 }, { at: 5s, users: 4 }'), 'SCN012 load[0].points', /takes no time/, /last point/],
    ['a curve without users', curve('{ at: 5s, users: 0 }, { at: 15s, users: 0 }'), 'SCN015 load[0].points', /every point is 0/, /raise/],
    ['a meeting that does not end', list('{ from: 10m, to: 10m, size: 3 }'), 'SCN024 load[0].list[0].to', /does not end after it begins/, /midnight/],
    ['a meeting larger than its template', list('{ from: 10m, to: 20m, size: 9 }'), 'SCN026 load[0].list[0].size', /more than the 5 of room/, /1 to 5/],
    ['lines for more than everybody', room('pupil: { lines: [{ line: dsl, share: 80% }, { line: lte, share: 30% }] }'), 'SCN025 meetings.room.pupil.lines', /come to 110%/, /add up/],
    ['a line beside lines', room('pupil: { line: dsl, lines: [{ line: lte, share: 30% }] }'), 'SCN020 meetings.room.pupil.line', /no effect beside lines/, /remove one/],
    ['a camera profile without cameras', room('pupil: { cameraProfile: low }'), 'SCN020 meetings.room.pupil', /nobody of the role shares a camera/, /webcamShare/],
    ['speech without microphone', room('pupil: { speakEvery: 1m }'), 'SCN020 meetings.room.pupil.speakEvery', /nobody of the role has a microphone/, /microphoneShare/],
    ['slides turned by pupils', room('pupil: { slidesEvery: 1m }'), 'SCN003 meetings.room.pupil.slidesEvery', /unknown key/, /belongs under meetings\.<name>\.teacher/],
    ['a line that does not exist', room('pupil: { line: isdn }'), 'SCN006 meetings.room.pupil.line', /must be one of dsl, lte, crowded-wifi/, /.*/],
    ['an event that needs a teacher', room('teachers: 0', 'events: [{ at: 1m, do: poll }]'), 'SCN028 meetings.room.events[0].do', /poll needs a teacher, and room has none/, /teachers: 1/],
    ['an unknown event', withEvents('{ at: 1s, do: pol }'), 'SCN006 events[0].do', /must be one of mute, whiteboard/, /did you mean "poll"/],
    ['a key of another event', withEvents('{ at: 1s, do: poll, rooms: 3 }'), 'SCN003 events[0].rooms', /unknown key/, /do: breakouts/],
    ['an event for a template that is not there', withEvents('{ at: 1s, do: poll, meetings: rom }'), 'SCN010 events[0].meetings', /no meeting template "rom"/, /did you mean "room"/],
    ['an event at a time of day without one', withEvents('{ at: 08:00, do: poll }'), 'SCN018 events[0].at', /but the file has no startOfDay/, /startOfDay/],
    ['an event after everybody has left', withEvents('{ at: 11s, do: poll }'), 'SCN020 events[0].at', /everybody has left/, /earlier/],
    ['an event after the lesson', timetable([]).replace('room: { size: 30 }', 'room: { size: 30, events: [{ at: 50m, do: poll }] }'), 'SCN020 meetings.room.events[0].at', /after the longest lesson/, /from the bell/],
    ['a command as one text', withEvents('{ at: 1s, do: exec, name: a, command: rm -rf x }'), 'SCN005 events[0].command', /must be a list: the program and its arguments/, /.*/],
    ['two commands of one name', withEvents('{ at: 1s, do: exec, name: a, command: [x] }', '{ at: 2s, do: exec, name: a, command: [y] }'), 'SCN019 events[1].name', /already an exec event named "a"/, /file/],
    ['a fault that cannot be one', withEvents('{ at: 1s, do: fault, faults: ["no such thing"] }'), 'SCN006 events[0].faults[0]', /must be a fault/, /firstbell sim --help/],
    ['faults for a real fleet', withEvents('{ at: 1s, do: fault, faults: [full] }').replace('target: simulator', 'target: { url: "https://h/" }'), 'SCN028 events[0].do', /the target is a real fleet/, /exec event/],
    ['more strokes than a plan carries', room('events: [{ at: 1m, do: whiteboard, for: 100h, share: 100%, every: 1s }]').replace('duration: 10s', 'duration: 150h').replace('size: 5', 'size: 5'), 'SCN023 load', /actions; at most 2000000/, /every/],
  ])('%s', (_name, text, place, message, help) => {
    const problems = problemsOf(text);
    const problem = problems.find(({ code, path }) => `${code} ${path}` === place);
    expect(problems.map(({ code, path }) => `${code} ${path}`)).toContain(place);
    expect(problem!.message).toMatch(message);
    expect(problem!.help ?? '').toMatch(help);
    expect(problem!.line).toBeGreaterThan(1);
  });
});

describe('speed', () => {
  it('is in the normal form of everything that lies in the day', () => {
    const scenario = scenarioOf(scenarioText({ head: ['name: T', 'target: simulator', 'startOfDay: 08:00', 'speed: 6', 'checkpointEvery: 30m'], load: ['load:', '  - { name: a, executor: ramping-arrival-rate, start: 08:06, meetings: room, meetingCount: 1, startRate: 1/min, stages: [{ duration: 1h, target: 2/min }], stay: 30s, maxUsers: 5 }'], tail: ['events: [{ at: 08:12, do: mute, for: 1m }, { at: 08:12, do: network-loss, share: 10%, for: 20s }]'] }));
    expect(scenario.load[0]).toMatchObject({ startMs: 60_000, startRatePerSec: 0.1, stages: [{ durationMs: 600_000, target: 0.2 }], stayMs: 5_000 });
    expect(scenario.events).toEqual([
      { do: 'mute', atMs: 120_000, meetingShare: 1, forMs: 10_000 },
      { do: 'network-loss', atMs: 120_000, meetingShare: 1, share: 0.1, forMs: 20_000 },
    ]);
    expect([scenario.speed, scenario.checkpointEveryMs, scenario.limits.joinTimeoutMs]).toEqual([6, 300_000, 60_000]);
  });
});
