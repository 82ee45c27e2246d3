import { describe, expect, it } from 'vitest';
import { rampingPart, scenarioOf, scenarioText } from './scenario-text.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('checkScenario, of a sound file', () => {
  it('gives the normal form, with defaults where the file says nothing', () => {
    expect(scenarioOf(scenarioText())).toEqual({
      schema: 1,
      name: 'Test',
      description: '',
      seed: 1,
      startOfDayMs: undefined,
      speed: 1,
      target: { kind: 'simulator' },
      fleet: { servers: 1, lineMbps: 1_000, graphqlConnectionsPerServer: 500, socketsPerSecondPerServer: 50, usersPerMeeting: 200 },
      meetings: {
        room: {
          name: 'room',
          size: 5,
          teachers: 1,
          teacher: { audio: 'microphone', microphoneShare: 0, webcamShare: 1, cameraViews: 50, chatEveryMs: undefined, raiseHandShare: 0, reloadShare: 0, networkLossShare: 0, networkLossMs: 15_000 },
          pupil: { audio: 'listen-only', microphoneShare: 0, webcamShare: 0, cameraViews: 5, chatEveryMs: undefined, raiseHandShare: 0, reloadShare: 0, networkLossShare: 0, networkLossMs: 15_000 },
          events: [],
        },
      },
      load: [{ name: 'lessons', executor: 'ramping-users', startMs: 0, meetings: 'room', meetingCount: 3, startUsers: 0, stages: [{ durationMs: 10_000, target: 15 }] }],
      events: [],
      users: { browser: 'rest', native: 0 },
      wire: { kind: 'recorded' },
      thresholds: [],
      limits: { joinTimeoutMs: 60_000, gracefulStopMs: 30_000, maxLatenessMs: 1_000, maxEventLoopDelayMs: 250, maxSendLatenessMs: 500, maxSendLimited: 0.5, browserLaunches: 2, usersPerBrowser: 8, maxScreenshots: 20 },
      checkpointEveryMs: 30 * MINUTE,
    });
  });

  it('is frozen to its leaves', () => {
    const scenario = scenarioOf(scenarioText());
    expect([scenario, scenario.load, scenario.load[0], scenario.meetings['room']!.teacher].every(Object.isFrozen)).toBe(true);
  });

  it('places a part that starts at a time of day', () => {
    const text = scenarioText({ head: ['name: Test', 'target: simulator', 'startOfDay: 07:00'], load: rampingPart(['start: 07:54:30', 'meetings: room', 'meetingCount: 1', 'stages: [{ duration: 1h30m, target: 5 }]']) });
    const scenario = scenarioOf(text);
    expect(scenario.startOfDayMs).toBe(7 * HOUR);
    expect(scenario.load[0]!.startMs).toBe(54 * MINUTE + 30_000);
    expect(scenario.load[0]).toMatchObject({ stages: [{ durationMs: 90 * MINUTE }] });
  });

  it('reads a real target and never asks for the secret itself', () => {
    const text = scenarioText({ head: ['name: Test', 'target: { url: https://bbb.example.org/bigbluebutton/, allowForeignMeetings: true }'] });
    expect(scenarioOf(text).target).toEqual({ kind: 'bbb', url: 'https://bbb.example.org/bigbluebutton/', secretEnv: 'BBB_SECRET', allowForeignMeetings: true });
  });

  it.each([
    ['recorded', { kind: 'recorded' }],
    ['learn', { kind: 'learn' }],
    ['wire-3.0.20.json', { kind: 'file', path: 'wire-3.0.20.json' }],
  ])('takes the wire of native users from: %s', (wire, expected) => {
    expect(scenarioOf(scenarioText({ tail: [`wire: ${wire}`] })).wire).toEqual(expected);
  });

  it.each([
    ['nothing', [], { browser: 'rest', native: 0 }],
    ['browser: 10', ['users: { browser: 10 }'], { browser: 10, native: 'rest' }],
    ['native: rest', ['users: { native: rest }'], { browser: 0, native: 'rest' }],
    ['native: 4', ['users: { native: 4 }'], { browser: 'rest', native: 4 }],
  ])('splits users into browser and native: %s', (_name, users, expected) => {
    expect(scenarioOf(scenarioText({ users })).users).toEqual(expected);
  });

  it('reads rates, shares and the other executors', () => {
    const scenario = scenarioOf(
      scenarioText({
        meetings: ['meetings:', '  room: { size: 5, teachers: 2, pupil: { webcamShare: 12.5%, microphoneShare: 0.25, chatEvery: 90s, audio: listen-only } }'],
        load: [
          'load:',
          '  - { name: a, executor: constant-users, meetings: room, meetingCount: 1, users: 5, duration: 45m }',
          '  - { name: b, executor: ramping-arrival-rate, start: 90s, meetings: room, meetingCount: 1, startRate: 90/min, stages: [{ duration: 1m500ms, target: 3600/h }], stay: 2.5s, maxUsers: 4 }',
        ],
      }),
    );
    expect(scenario.meetings['room']!.pupil).toEqual({ audio: 'listen-only', microphoneShare: 0.25, webcamShare: 0.125, cameraViews: 5, chatEveryMs: 90_000, raiseHandShare: 0, reloadShare: 0, networkLossShare: 0, networkLossMs: 15_000 });
    expect(scenario.load).toEqual([
      { name: 'a', executor: 'constant-users', startMs: 0, meetings: 'room', meetingCount: 1, users: 5, durationMs: 45 * MINUTE },
      { name: 'b', executor: 'ramping-arrival-rate', startMs: 90_000, meetings: 'room', meetingCount: 1, startRatePerSec: 1.5, stages: [{ durationMs: 60_500, target: 1 }], stayMs: 2_500, maxUsers: 4 },
    ]);
  });

  it('takes a threshold as a text or with abort', () => {
    const { thresholds } = scenarioOf(scenarioText({ tail: ['thresholds:', '  - join_time p(95) < 10 s', '  - { expression: join_failed rate < 5%, abort: true }'] }));
    expect(thresholds).toMatchObject([
      { metric: 'join_time', limit: 10_000, abort: false },
      { metric: 'join_failed', limit: 0.05, abort: true },
    ]);
  });

  it('leaves a warm-up out of thresholds that name no stretch of time themselves', () => {
    const expressions = ['  - join_time p(95) < 10 s', '  - rtt p(95) < 1 s after 3m', '  - { expression: join_failed rate < 5%, warmUp: 30s }', '  - { expression: users_lost count == 0, warmUp: 0s }'];
    const { thresholds } = scenarioOf(scenarioText({ tail: ['warmUp: 2m', 'thresholds:', ...expressions] }));
    expect(thresholds.map(({ window }) => window)).toEqual([{ fromMs: 120_000 }, { fromMs: 180_000 }, { fromMs: 30_000 }, undefined]);
  });

  it('writes aliases out', () => {
    const text = scenarioText({
      load: [
        'load:',
        '  - { name: a, executor: ramping-users, meetings: room, meetingCount: 1, stages: &day [{ duration: 5s, target: 5 }] }',
        '  - { name: b, executor: ramping-users, meetings: room, meetingCount: 1, stages: *day }',
      ],
    });
    expect(scenarioOf(text).load.map((part) => part.executor === 'ramping-users' && part.stages)).toEqual([[{ durationMs: 5_000, target: 5 }], [{ durationMs: 5_000, target: 5 }]]);
  });
});
