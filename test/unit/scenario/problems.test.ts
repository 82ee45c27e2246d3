import { describe, expect, it } from 'vitest';
import { rampingPart, problemsOf, scenarioText } from './scenario-text.js';

/** `line:column+length code` of every problem. */
const places = (text: string): readonly string[] => problemsOf(text).map(({ code, line, column, length }) => `${line}:${column}+${length} ${code}`);

const only = (text: string): { message: string; help: string | undefined; path: string; code: string } => {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(1);
  const { message, help, path, code } = problems[0]!;
  return { message, help, path, code };
};

const stages = (...written: string[]): readonly string[] => rampingPart(['meetings: room', 'meetingCount: 1', 'stages:', ...written.map((stage) => `  - ${stage}`)]);
const withTail = (...tail: string[]): string => scenarioText({ tail });
const withTarget = (target: string): string => scenarioText({ head: ['name: Test', `target: ${target}`] });

describe('shape problems', () => {
  it.each<[string, string, { code: string; path: string; message: string | RegExp; help?: string | RegExp }]>([
    ['an unknown key near a known one', withTail('chekpointEvery: 5s'), { code: 'SCN003', path: 'chekpointEvery', message: 'unknown key "chekpointEvery"', help: 'did you mean "checkpointEvery"?' }],
    ['a key that belongs elsewhere', withTail('socketsPerSecondPerServer: 5'), { code: 'SCN003', path: 'socketsPerSecondPerServer', message: /unknown key/, help: '"socketsPerSecondPerServer" belongs under fleet' }],
    ['a key of another executor', scenarioText({ load: stages('{ duration: 5s, target: 1 }').concat('    stay: 5s') }), { code: 'SCN003', path: 'load[0].stay', message: 'unknown key "stay"', help: /load\[\] with the executor ramping-arrival-rate/ }],
    ['a secret in the file', withTarget('{ url: "https://h/", sharedSecret: abc }'), { code: 'SCN003', path: 'target.sharedSecret', message: 'unknown key "sharedSecret"', help: /never stands in a file/ }],
    ['a missing key', scenarioText({ meetings: ['meetings:', '  room: { teachers: 1 }'] }), { code: 'SCN004', path: 'meetings.room.size', message: 'the key "size" is missing', help: 'a whole number' }],
    ['a missing executor', scenarioText({ load: ['load:', '  - { name: a }'] }), { code: 'SCN004', path: 'load[0].executor', message: 'the key "executor" is missing', help: 'one of ramping-users, constant-users, ramping-arrival-rate, curve, timetable, meeting-list' }],
    ['a text for a number', withTail('seed: "6,000"'), { code: 'SCN005', path: 'seed', message: 'seed must be a whole number, got "6,000"', help: 'write 6000' }],
    ['a fraction for a whole number', withTail('seed: 1.5'), { code: 'SCN005', path: 'seed', message: 'seed must be a whole number, got 1.5' }],
    ['a section left empty', withTail('limits:'), { code: 'SCN005', path: 'limits', message: 'limits must be a mapping, got nothing' }],
    ['a list for a mapping', withTail('limits: [1]'), { code: 'SCN005', path: 'limits', message: 'limits must be a mapping, got a list' }],
    ['an item of the wrong type', scenarioText({ load: ['load:', '  - 7'] }), { code: 'SCN005', path: 'load[0]', message: 'item 1 of load must be a mapping, got 7' }],
    ['a duration without unit', withTail('checkpointEvery: 45'), { code: 'SCN005', path: 'checkpointEvery', message: 'checkpointEvery must be a duration, got 45', help: 'write it with a unit: 500ms, 45s, 30m, 1h30m' }],
    ['a duration that is none', withTail('checkpointEvery: soon'), { code: 'SCN006', path: 'checkpointEvery', message: 'checkpointEvery must be a duration, got "soon"', help: /with a unit/ }],
    ['a duration too short', withTail('checkpointEvery: 10ms'), { code: 'SCN007', path: 'checkpointEvery', message: 'checkpointEvery must be at least 1s, got "10ms"' }],
    ['a duration too long', withTail('checkpointEvery: 169h'), { code: 'SCN007', path: 'checkpointEvery', message: 'checkpointEvery must be at most a week (168h), got "169h"' }],
    ['a word that is not allowed', scenarioText({ meetings: ['meetings:', '  room: { size: 5, pupil: { audio: listenonly } }'] }), { code: 'SCN006', path: 'meetings.room.pupil.audio', message: 'audio must be one of microphone, listen-only, none, got "listenonly"', help: 'did you mean "listen-only"?' }],
    ['an unknown executor', scenarioText({ load: ['load:', '  - { executor: ramping-user }'] }), { code: 'SCN006', path: 'load[0].executor', message: 'executor must be one of ramping-users, constant-users, ramping-arrival-rate, curve, timetable, meeting-list, got "ramping-user"', help: 'did you mean "ramping-users"?' }],
    ['a share above 1', scenarioText({ meetings: ['meetings:', '  room: { size: 5, pupil: { webcamShare: 25 } }'] }), { code: 'SCN007', path: 'meetings.room.pupil.webcamShare', message: 'webcamShare must be at most 1, got 25' }],
    ['a share above 100 %', scenarioText({ meetings: ['meetings:', '  room: { size: 5, pupil: { webcamShare: 250% } }'] }), { code: 'SCN006', path: 'meetings.room.pupil.webcamShare', message: /must be a share/ }],
    ['a number below its limit', withTail('fleet: { servers: 0 }'), { code: 'SCN007', path: 'fleet.servers', message: 'servers must be at least 1, got 0' }],
    ['a rate without time', scenarioText({ load: ['load:', '  - { name: a, executor: ramping-arrival-rate, meetings: room, meetingCount: 1, stages: [{ duration: 5s, target: 3 }], stay: 5s, maxUsers: 5 }'] }), { code: 'SCN005', path: 'load[0].stages[0].target', message: 'target must be a rate, got 3', help: /2\/s/ }],
    ['no stages', scenarioText({ load: rampingPart(['meetings: room', 'meetingCount: 1', 'stages: []']) }), { code: 'SCN007', path: 'load[0].stages', message: 'stages must not be empty, got an empty list' }],
    ['no templates', scenarioText({ meetings: ['meetings: {}'], load: ['load: []'] }).replace('load: []', 'load: [{ name: a, executor: constant-users, meetings: room, meetingCount: 1, users: 1, duration: 0x }]'), { code: 'SCN007', path: 'meetings', message: /must name at least one/ }],
    ['a template name that is none', scenarioText({ meetings: ['meetings:', '  room: { size: 5 }', '  "a/b": { size: 5 }'] }), { code: 'SCN006', path: 'meetings["a/b"]', message: /the name "a\/b" must be a name/ }],
    ['users that are neither a number nor rest', scenarioText({ users: ['users: { browser: many }'] }), { code: 'SCN006', path: 'users.browser', message: "browser must be a whole number or the word 'rest', got \"many\"" }],
    ['fewer users than none', scenarioText({ users: ['users: { browser: -3 }'] }), { code: 'SCN007', path: 'users.browser', message: 'browser must be at least 0, got -3' }],
    ['a word for the target', withTarget('simulater'), { code: 'SCN006', path: 'target', message: /target must be the word simulator.*got "simulater"/ }],
    ['a missing key inside a union', withTarget('{ secretEnv: X }'), { code: 'SCN004', path: 'target.url', message: 'the key "url" is missing' }],
  ])('%s', (_name, text, { code, path, message, help }) => {
    const problem = problemsOf(text).find((candidate) => candidate.path === path);
    expect(problem).toMatchObject({ code, path });
    expect(problem!.message).toMatch(message);
    if (typeof message === 'string') expect(problem!.message).toBe(message);
    if (help !== undefined) expect(problem!.help).toMatch(help);
    if (typeof help === 'string') expect(problem!.help).toBe(help);
  });

  it('points to the value, to the key where a value spans lines, and to the enclosing key where one is missing', () => {
    const text = ['name: Test', 'target: simulator', 'seed: -1', 'meetings:', '  room:', '    sise: 5', 'load:', '  a: 1', '  b: 2'].join('\n');
    expect(places(text)).toEqual([
      '3:7+2 SCN007', // the value -1
      '5:3+4 SCN004', // size is missing in room
      '6:5+4 SCN003', // sise
      '7:1+4 SCN005', // load is a mapping over lines
    ]);
  });

  it('never quotes what stands in secretEnv', () => {
    const { message, code } = only(withTarget('{ url: "https://h/", secretEnv: 8cd8ef52e8e101574e400365b55e11a6 }'));
    expect(code).toBe('SCN006');
    expect(message).toBe('secretEnv must be the NAME of an environment variable, never the secret itself');
  });
});

describe('rules', () => {
  it.each<[string, string, { code: string; path: string; message: string; help: string | RegExp }]>([
    ['a part without a template', scenarioText({ load: rampingPart(['meetings: rom', 'meetingCount: 1', 'stages: [{ duration: 5s, target: 1 }]']) }), { code: 'SCN010', path: 'load[0].meetings', message: 'there is no meeting template "rom"', help: 'did you mean "room"?' }],
    ['a template that is only a property of every object', scenarioText({ load: rampingPart(['meetings: constructor', 'meetingCount: 1', 'stages: [{ duration: 5s, target: 1 }]']) }), { code: 'SCN010', path: 'load[0].meetings', message: 'there is no meeting template "constructor"', help: 'templates in this file: room' }],
    ['more teachers than users', scenarioText({ meetings: ['meetings:', '  room: { size: 5, teachers: 6 }'] }), { code: 'SCN011', path: 'meetings.room.teachers', message: 'teachers must be at most size (5), got 6', help: /together/ }],
    ['stages without time', scenarioText({ load: stages('{ duration: 0s, target: 3 }') }), { code: 'SCN012', path: 'load[0].stages', message: 'the part "lessons" takes no time', help: /above 0s/ }],
    ['constant users for no time', scenarioText({ load: ['load:', '  - { name: a, executor: constant-users, meetings: room, meetingCount: 1, users: 2, duration: 0s }'] }), { code: 'SCN012', path: 'load[0].duration', message: 'the part "a" takes no time', help: /above 0s/ }],
    ['two numbers of users', scenarioText({ users: ['users: { browser: 3, native: 4 }'] }), { code: 'SCN013', path: 'users', message: 'browser and native are both numbers; how many users there are is said by load', help: 'make one of them rest' }],
    ['rest twice', scenarioText({ users: ['users: { browser: rest, native: rest }'] }), { code: 'SCN013', path: 'users', message: 'browser and native are both rest', help: 'give one of them a number' }],
    ['a secret for the name of a variable', withTarget('{ url: "https://h/", secretEnv: bZ3kq8Xw1LmPt5Rv7YcN2d }'), { code: 'SCN014', path: 'target.secretEnv', message: 'secretEnv looks like a shared secret; it must be the NAME of an environment variable', help: /BBB_SECRET/ }],
    ['a ramp without users', scenarioText({ load: stages('{ duration: 5s, target: 0 }') }), { code: 'SCN015', path: 'load[0].stages', message: 'the part "lessons" never has a user: every target is 0', help: 'raise a target, or remove the part' }],
    ['less than one arrival', scenarioText({ load: ['load:', '  - { name: a, executor: ramping-arrival-rate, meetings: room, meetingCount: 1, stages: [{ duration: 10s, target: 6/min }], stay: 5s, maxUsers: 5 }'] }), { code: 'SCN015', path: 'load[0].stages', message: 'the part "a" never has a user: its rates come to less than one arrival', help: /raise/ }],
    ['more users than places', scenarioText({ load: stages('{ duration: 5s, target: 2 }', '{ duration: 5s, target: 11 }') }), { code: 'SCN016', path: 'load[0].stages[1].target', message: '11 users do not fit into 1 meeting of 5', help: '1 × room (size 5) hold 5; 3 meetings would do' }],
    ['more users at the start than places', scenarioText({ load: rampingPart(['meetings: room', 'meetingCount: 2', 'startUsers: 11', 'stages: [{ duration: 5s, target: 1 }]']) }), { code: 'SCN016', path: 'load[0].startUsers', message: '11 users do not fit into 2 meetings of 5', help: /3 meetings would do/ }],
    ['meetings that stay empty', scenarioText({ load: rampingPart(['meetings: room', 'meetingCount: 3', 'stages: [{ duration: 5s, target: 2 }]']) }), { code: 'SCN017', path: 'load[0].meetingCount', message: 'meetingCount is 3, but never more than 2 users come', help: /empty/ }],
    ['a time of day without startOfDay', scenarioText({ load: rampingPart(['start: 07:54', 'meetings: room', 'meetingCount: 1', 'stages: [{ duration: 5s, target: 2 }]']) }), { code: 'SCN018', path: 'load[0].start', message: 'start is a time of day (07:54), but the file has no startOfDay', help: /add startOfDay/ }],
    ['a time of day before startOfDay', scenarioText({ head: ['name: T', 'target: simulator', 'startOfDay: 8:00'], load: rampingPart(['start: 07:54', 'meetings: room', 'meetingCount: 1', 'stages: [{ duration: 5s, target: 2 }]']) }), { code: 'SCN018', path: 'load[0].start', message: 'start 07:54 is before startOfDay 08:00', help: /beyond midnight/ }],
    ['two parts of one name', scenarioText({ load: ['load:', ...['a', 'a'].map((name) => `  - { name: ${name}, executor: constant-users, meetings: room, meetingCount: 1, users: 2, duration: 1s }`)] }), { code: 'SCN019', path: 'load[1].name', message: 'there is already a part named "a"', help: /names/ }],
    ['microphones for those who have one', scenarioText({ meetings: ['meetings:', '  room: { size: 5, teacher: { microphoneShare: 50% } }'] }), { code: 'SCN020', path: 'meetings.room.teacher.microphoneShare', message: 'microphoneShare has no effect: everybody of the role has one already', help: /listen-only/ }],
    ['microphones without audio', scenarioText({ meetings: ['meetings:', '  room: { size: 5, pupil: { audio: none, microphoneShare: 50% } }'] }), { code: 'SCN020', path: 'meetings.room.pupil.microphoneShare', message: 'microphoneShare has no effect: audio is none', help: /listen-only/ }],
    ['more browsers than users', scenarioText({ users: ['users: { browser: 16 }'] }), { code: 'SCN021', path: 'users.browser', message: '16 browser users are asked for, but load has only 15 users', help: 'at most 15, or browser: rest' }],
    ['a URL that is none', withTarget('{ url: bbb.example.org }'), { code: 'SCN022', path: 'target.url', message: 'url is not a web address', help: /https:/ }],
    ['a URL of another protocol', withTarget('{ url: "file:///etc/passwd" }'), { code: 'SCN022', path: 'target.url', message: 'url is not a web address', help: /https:/ }],
    ['a URL with a password', withTarget('{ url: "https://me:pw@bbb.example.org/" }'), { code: 'SCN022', path: 'target.url', message: 'url contains a user name or password', help: /@/ }],
    ['a whole API call for a URL', withTarget('{ url: "https://bbb.example.org/bigbluebutton/api/getMeetings?checksum=0" }'), { code: 'SCN022', path: 'target.url', message: 'url must end with its path', help: /makes the calls itself/ }],
    ['more arrivals than a plan carries', scenarioText({ load: ['load:', '  - { name: a, executor: ramping-arrival-rate, meetings: room, meetingCount: 1, startRate: 1000/s, stages: [{ duration: 1h, target: 1000/s }], stay: 5s, maxUsers: 5 }'] }), { code: 'SCN023', path: 'load', message: 'the load comes to 3600000 arrivals; at most 1000000 are planned', help: /split/ }],
    ['more chat than a plan carries', scenarioText({ meetings: ['meetings:', '  room: { size: 1000, pupil: { chatEvery: 1s } }'], load: ['load:', '  - { name: a, executor: constant-users, meetings: room, meetingCount: 1, users: 1000, duration: 1h }'] }), { code: 'SCN023', path: 'load', message: 'the load comes to up to 3600000 chat messages; at most 2000000 are planned', help: /chatEvery/ }],
    ['a threshold that cannot be read', withTail('thresholds: [join_tme p(95) < 10 s]'), { code: 'SCN009', path: 'thresholds[0]', message: 'unknown metric "join_tme"', help: 'did you mean "join_time"?' }],
  ])('%s', (_name, text, { code, path, message, help }) => {
    const problem = only(text);
    expect(problem).toMatchObject({ code, path, message });
    expect(problem.help).toMatch(help);
  });

  it('points into the text of a threshold, quoted or not', () => {
    expect(places(withTail('thresholds:', '  - rtt p(950) < 100 ms', '  - "rtt p(95) < 100"', '  - { expression: rtt p(95) <> 1 ms }'))).toEqual([
      `14:9+6 SCN009`, // p(950)
      `15:18+3 SCN009`, // 100 without a unit
      `16:29+2 SCN009`, // <>
    ]);
  });

  it('points to the whole of a threshold that is written with escapes', () => {
    expect(places(withTail('thresholds:', '  - "rtt\\x20p(950) < 100 ms"'))).toEqual(['14:5+24 SCN009']);
  });

  it('is applied to what is sound although other pieces are not', () => {
    const text = scenarioText({
      meetings: ['meetings:', '  room: { size: five }', '  hall: { size: 2, teachers: 3 }'],
      load: [
        'load:',
        '  - { name: a, executor: constant-users, meetings: room, meetingCount: 1, users: 99, duration: 5s }',
        '  - { name: b, executor: constant-users, meetings: hal, meetingCount: 1, users: 2, duration: 5s, extra: 1 }',
      ],
    });
    expect(problemsOf(text).map(({ path, code }) => `${code} ${path}`)).toEqual([
      'SCN005 meetings.room.size',
      'SCN011 meetings.hall.teachers',
      'SCN010 load[1].meetings', // room exists, though its size is broken; how many fit is not asked of it
      'SCN003 load[1].extra',
    ]);
  });
});
