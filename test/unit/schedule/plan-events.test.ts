import { describe, expect, it } from 'vitest';
import { planScenario } from '../../../src/schedule/plan-scenario.js';
import type { Attendance, Plan } from '../../../src/schedule/plan.js';
import { scenarioOf } from '../scenario/scenario-text.js';

/** Four meetings of a teacher and nine pupils, all there from 0 s to 10 min. */
const plan = ({ template = [], top = [] }: { readonly template?: readonly string[]; readonly top?: readonly string[] }): Plan =>
  planScenario(scenarioOf(['name: E', 'target: simulator', ...top, 'meetings:', '  room:', '    size: 10', ...template.map((line) => `    ${line}`), 'load:', '  - { name: all, executor: constant-users, meetings: room, meetingCount: 4, users: 40, duration: 10m }', ''].join('\n')));

/** `seconds do`, and whether it goes on or off. */
const told = ({ actions = [] }: Attendance): readonly string[] => actions.map(({ atMs, action }) => `${atMs / 1_000} ${action.do}${'on' in action ? ` ${action.on ? 'on' : 'off'}` : ''}`);
const teachers = ({ attendances }: Plan): readonly Attendance[] => attendances.filter(({ role }) => role === 'teacher');
const pupils = ({ attendances }: Plan): readonly Attendance[] => attendances.filter(({ role }) => role === 'pupil');

describe('events of a template', () => {
  it.each([
    ['{ at: 1m, do: mute, for: 30s }', ['60 mute-meeting on', '90 mute-meeting off']],
    ['{ at: 1m, do: screen, for: 2m }', ['60 share-screen on', '180 share-screen off']],
    ['{ at: 1m, do: slides, for: 3m, every: 1m }', ['60 next-slide', '120 next-slide', '180 next-slide']],
    ['{ at: 9m50s, do: mute, for: 30s }', ['590 mute-meeting on']],
    ['{ at: 11m, do: mute, for: 30s }', []],
  ])('make the teacher of every meeting do it: %s', (event, expected) => {
    for (const teacher of teachers(plan({ template: [`events: [${event}]`] }))) expect(told(teacher)).toEqual(expected);
  });

  it('let so many answer a poll as asked, each in its time', () => {
    const made = plan({ template: ['events: [{ at: 1m, do: poll, share: 2/3, within: 20s }]'.replace('2/3', '33.333%')] });
    for (const teacher of teachers(made)) expect(told(teacher)).toEqual(['60 start-poll']);
    const votes = pupils(made).flatMap(({ actions = [] }) => actions);
    expect(votes.every(({ action, atMs }) => action.do === 'vote' && atMs >= 60_000 && atMs <= 80_000)).toBe(true);
    // Nine pupils: two or three in each of four meetings.
    expect(votes.length).toBeGreaterThanOrEqual(8);
    expect(votes.length).toBeLessThanOrEqual(12);
  });

  it('open breakout rooms and send the others there', () => {
    const made = plan({ template: ['events: [{ at: 2m, do: breakouts, rooms: 3, for: 5m }]'] });
    expect(teachers(made)[0]!.actions).toEqual([{ atMs: 120_000, action: { do: 'open-breakouts', rooms: 3, forMs: 300_000 } }]);
    expect(pupils(made).every((one) => told(one).length === 1 && told(one)[0]!.endsWith('enter-breakout'))).toBe(true);
  });

  it('let a share draw while the whiteboard is open', () => {
    const made = plan({ template: ['events: [{ at: 1m, do: whiteboard, for: 2m, share: 100%, every: 10s }]'] });
    for (const teacher of teachers(made)) expect(told(teacher)).toEqual(['60 open-whiteboard on', '180 open-whiteboard off']);
    const strokes = pupils(made).flatMap(({ actions = [] }) => actions.map(({ atMs }) => atMs));
    // 36 pupils × 12: 432, standard deviation 21.
    expect(Math.abs(strokes.length - 432)).toBeLessThan(84);
    expect(Math.min(...strokes) >= 60_000 && Math.max(...strokes) <= 180_000).toBe(true);
  });

  it('happen in a share of the meetings', () => {
    const made = plan({ template: ['events: [{ at: 1m, do: mute, for: 1m, meetingShare: 50% }]'] });
    expect(teachers(made).filter(({ actions }) => actions !== undefined)).toHaveLength(2);
  });

  it('switch only microphones that are there', () => {
    const made = plan({ template: ['pupil: { microphoneShare: 33.333% }', 'events: [{ at: 1m, do: microphones, for: 10s }]'] });
    for (const one of made.attendances) expect(told(one)).toEqual(one.audio === 'microphone' ? ['60 microphone on', '70 microphone off'] : []);
    expect(pupils(made).filter(({ audio }) => audio === 'microphone')).toHaveLength(12);
  });
});

describe('events of the day', () => {
  it('take the network from a share of all users at the same instant', () => {
    const made = plan({ top: ['events: [{ at: 5m, do: network-loss, share: 30%, for: 20s }]'] });
    const hit = made.attendances.filter(({ networkLoss }) => networkLoss !== undefined);
    expect(hit).toHaveLength(12);
    for (const { networkLoss } of hit) expect(networkLoss).toEqual({ atMs: 300_000, forMs: 20_000 });
  });

  it('carry commands and the faults that are in force after each change', () => {
    const made = plan({ top: ['events:', '  - { at: 4m, do: fault, faults: ["bbb01:api-delay=500", full] }', '  - { at: 2m, do: fault, faults: [no-audio], for: 4m }', '  - { at: 3m, do: exec, name: stop one, command: [systemctl, stop, bbb] }'] });
    expect(made.happenings).toEqual([
      { atMs: 120_000, do: 'faults', faults: ['no-audio'] },
      { atMs: 180_000, do: 'exec', name: 'stop one', command: ['systemctl', 'stop', 'bbb'], timeoutMs: 60_000 },
      { atMs: 240_000, do: 'faults', faults: ['bbb01:api-delay=500', 'full', 'no-audio'] },
      { atMs: 360_000, do: 'faults', faults: ['bbb01:api-delay=500', 'full'] },
    ]);
  });

  it('leave a plan without any as it was', () => {
    expect(Object.keys(plan({}))).not.toContain('happenings');
    expect(plan({}).attendances.every((one) => !('actions' in one))).toBe(true);
  });
});

describe('what a role does', () => {
  it('turns slides and shares the screen as the first teacher only', () => {
    const made = plan({ template: ['teachers: 2', 'teacher: { slidesEvery: 4m, screenShare: 50%, screenFor: 1m }'] });
    const [first, second] = [teachers(made).filter(({ name }) => name.includes('.1 ')), teachers(made).filter(({ name }) => name.includes('.2 '))];
    expect(second.every(({ actions }) => actions === undefined)).toBe(true);
    expect(first.map((one) => told(one).filter((text) => text.includes('slide')))).toEqual(Array.from({ length: 4 }, () => ['240 next-slide', '480 next-slide']));
    expect(first.filter((one) => told(one).some((text) => text.includes('screen')))).toHaveLength(2);
  });

  it('switches a microphone on and off in turn', () => {
    const made = plan({ template: ['teacher: { speakEvery: 1m, speakFor: 10s }'] });
    const turns = told(teachers(made)[0]!).map((text) => text.split(' ').slice(1).join(' '));
    expect(turns.length).toBeGreaterThan(4);
    expect(turns).toEqual(turns.map((_, index) => `microphone ${index % 2 === 0 ? 'on' : 'off'}`));
  });
});

describe('conditions', () => {
  it('are dealt as the shares say, in each meeting about as well as they can', () => {
    const made = plan({ template: ['pupil:', '  lines: [{ line: dsl, share: 50% }, { line: { downKbps: 5000, upKbps: 500, delay: 20ms, loss: 1% }, share: 20% }]', '  forceTurnShare: 1/9'.replace('1/9', '11.111%'), '  webcamShare: 100%', '  cameraProfiles: { low: 100% }'] });
    const lines = pupils(made).map(({ line }) => line?.name);
    // 36 pupils.
    expect(Math.abs(lines.filter((name) => name === 'dsl').length - 18)).toBeLessThanOrEqual(2);
    expect(Math.abs(lines.filter((name) => name === 'custom').length - 7)).toBeLessThanOrEqual(2);
    expect(pupils(made).find(({ line }) => line?.name === 'custom')!.line).toEqual({ name: 'custom', downKbps: 5_000, upKbps: 500, delayMs: 20, lossShare: 0.01 });
    expect(pupils(made).filter(({ forceTurn }) => forceTurn).length).toBeGreaterThanOrEqual(3);
    expect(pupils(made).every(({ cameraProfile }) => cameraProfile === 'low')).toBe(true);
    for (const { index } of made.meetings) {
      const here = pupils(made).filter(({ meeting, line }) => meeting === index && line?.name === 'dsl').length;
      expect(here).toBeGreaterThanOrEqual(3);
      expect(here).toBeLessThanOrEqual(6);
    }
    expect(teachers(made).every((one) => !('line' in one) && !('cameraProfile' in one))).toBe(true);
  });
});
