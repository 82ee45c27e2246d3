import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import { conditions } from './shape-conditions.js';
import { meetingEvents, scenarioEvents } from './shape-events.js';
import { curve, meetingList, timetable } from './shape-timetable.js';
import { scrape } from './shape-scrape.js';
import { amount, choice, count, countOrRest, documented, duration, flag, name, optional, rate, share, start, text, timeOfDay, variableName } from './shape-values.js';

/** The written form of a scenario file. JSON Schema, parser and docs/scenario.md all come from these shapes. */

const realTarget = z.strictObject({
  url: documented(text(500).min(1), {
    description: 'Base URL of the API as `bbb-conf --secret` prints it, or of the load balancer; with or without /bigbluebutton/api.',
    examples: ['https://bbb.example.org/bigbluebutton/'],
  }),
  secretEnv: optional(variableName, {
    description: 'Name of the environment variable that holds the shared secret. The secret itself never stands in a file.',
    default: DEFAULTS.secretEnv,
    examples: ['BBB_SECRET'],
  }),
  allowForeignMeetings: optional(flag, {
    description: 'Run although meetings of others are on the fleet. Leave it false unless you know whose they are.',
    default: DEFAULTS.allowForeignMeetings,
  }),
});

const target = documented(z.union([z.literal('simulator'), realTarget], { error: "must be the word simulator, or a mapping with url and secretEnv" }), {
  description: 'What the load goes to: `simulator` starts the bundled fleet on this machine; a mapping names a real one.',
  examples: ['simulator', { url: 'https://bbb.example.org/bigbluebutton/', secretEnv: 'BBB_SECRET' }],
});

const fleet = z.strictObject({
  servers: optional(count(1, 1_000), { description: 'BBB servers behind the load balancer; the simulator starts as many.', default: DEFAULTS.fleet.servers, examples: [10] }),
  lineMbps: optional(amount(1, 1_000_000), { description: 'Line of each server in Mbit/s, each way.', default: DEFAULTS.fleet.lineMbps }),
  graphqlConnectionsPerServer: optional(count(1, 1_000_000), {
    description: '`max_connections` of bbb-graphql-middleware; each user in a meeting holds one.',
    default: DEFAULTS.fleet.graphqlConnectionsPerServer,
  }),
  socketsPerSecondPerServer: optional(amount(0.1, 100_000), {
    description: 'New GraphQL sockets that one server admits per second; further ones queue (BBB pull request 21855).',
    default: DEFAULTS.fleet.socketsPerSecondPerServer,
  }),
  usersPerMeeting: optional(count(1, 10_000), { description: 'Users in one meeting above which BBB is known to suffer (BBB FAQ: 200).', default: DEFAULTS.fleet.usersPerMeeting }),
});

const users = z.strictObject({
  browser: optional(countOrRest, {
    description: 'Users that are real browsers with the server’s own client; they see what a person sees. A number, or `rest`.',
    default: 'rest',
    examples: ['rest', 10],
  }),
  native: optional(countOrRest, {
    description: 'Users without a browser: same API calls, sockets and media, a fraction of the cost. A number, or `rest`. Without it: `rest` if `browser` is a number, else 0.',
    examples: ['rest', 0],
  }),
});

type RoleDefaults = (typeof DEFAULTS)['teacher'] | (typeof DEFAULTS)['pupil'];

const behaviour = (defaults: RoleDefaults) =>
  z.strictObject({
    audio: optional(choice(['microphone', 'listen-only', 'none']), { description: 'How users of this role join audio.', default: defaults.audio }),
    microphoneShare: optional(share, { description: 'Share of the role that joins with microphone although `audio` is listen-only.', default: defaults.microphoneShare, examples: ['20%', 0.2] }),
    webcamShare: optional(share, { description: 'Share of the role, in each meeting, that shares a camera.', default: defaults.webcamShare, examples: ['25%', 1] }),
    cameraViews: optional(count(0, 50), {
      description: 'Cameras that one user of this role looks at, at most. The real client pages them: moderators see all, pupils 5.',
      default: defaults.cameraViews,
    }),
    chatEvery: optional(duration(1_000), { description: 'Mean time between chat messages of one user (exponentially distributed). Without it nobody writes.', examples: ['5m'] }),
    raiseHandShare: optional(share, { description: 'Share of the role that raises a hand once.', default: defaults.raiseHandShare, examples: ['10%'] }),
    reloadShare: optional(share, { description: 'Share of the role that loads the client anew once, as with F5.', default: defaults.reloadShare, examples: ['5%'] }),
    networkLossShare: optional(share, { description: 'Share of the role whose network breaks once: every connection dies, and comes back as the client brings it back.', default: defaults.networkLossShare, examples: ['5%'] }),
    reactEvery: optional(duration(1_000), { description: 'Mean time between emojis that one user shows. Without it nobody does.', examples: ['5m'] }),
    speakEvery: optional(duration(1_000), { description: 'Users with microphone: mean time until they switch it on. Without it they never switch it.', examples: ['3m'] }),
    speakFor: optional(duration(1_000), { description: 'For how long on average they then speak.', default: DEFAULTS.speakFor }),
    ...conditions,
    networkLoss: optional(duration(1_000), { description: 'How long such a network is away. BigBlueButton takes a user for gone after 30 s.', default: defaults.networkLoss, examples: ['15s'] }),
  });

/** What only the presenter can do: the first teacher of a meeting. */
const teaching = {
  slidesEvery: optional(duration(1_000), { description: 'The first teacher of a meeting turns the slide so often.', examples: ['2m'] }),
  screenShare: optional(share, { description: 'Share of the meetings in which the first teacher shares the screen once.', default: 0, examples: ['30%'] }),
  screenFor: optional(duration(1_000), { description: 'For how long.', default: DEFAULTS.screenFor }),
};

const template = z.strictObject({
  size: documented(count(1, 2_000), { description: 'Users in one meeting when it is full, teachers included.', examples: [25] }),
  teachers: optional(count(0, 2_000), { description: 'How many of them are teachers (moderators). They come first.', default: DEFAULTS.teachers }),
  teacher: optional(behaviour(DEFAULTS.teacher).extend(teaching), { description: 'What a teacher does.' }),
  pupil: optional(behaviour(DEFAULTS.pupil), { description: 'What a pupil does.' }),
  events: optional(meetingEvents, { description: 'What happens in every meeting of this template, at times after its bell.' }),
});

const stage = <T extends z.ZodType>(value: T, description: string) =>
  z.strictObject({
    duration: documented(duration(), { description: 'How long the stage takes; 0s jumps.', examples: ['9m', '0s'] }),
    target: documented(value, { description }),
  });

const partBase = {
  name: documented(name, { description: 'Name of the part, unique in the file; meetings and users carry it.', examples: ['lessons'] }),
  start: optional(start, { description: 'When the part begins: a duration since the beginning of the run, or a time of day (needs startOfDay).', default: DEFAULTS.start, examples: ['90s', '07:54'] }),
  meetings: documented(name, { description: 'Name of a template under `meetings`.', examples: ['class'] }),
  meetingCount: documented(count(1, 100_000), { description: 'How many meetings of that template this part has. Users fill them in turn, teachers first.', examples: [45] }),
};

const rampingUsers = z.strictObject({
  ...partBase,
  executor: documented(z.literal('ramping-users'), { description: 'Follows a number of users up and down. The last to come leave first.' }),
  startUsers: optional(count(0, 1_000_000), { description: 'Users who are there at the first instant.', default: DEFAULTS.startUsers }),
  stages: documented(z.array(stage(count(0, 1_000_000), 'Users at the end of the stage, reached in a straight line.'), { error: 'must be a list of stages' }).min(1).max(500), {
    description: 'Stretches of time, one after the other. After the last one everybody leaves.',
  }),
});

const constantUsers = z.strictObject({
  ...partBase,
  executor: documented(z.literal('constant-users'), { description: 'So many users, all due at the same instant.' }),
  users: documented(count(1, 1_000_000), { description: 'How many.', examples: [24] }),
  duration: documented(duration(), { description: 'How long they stay.', examples: ['45m'] }),
});

const rampingArrivalRate = z.strictObject({
  ...partBase,
  executor: documented(z.literal('ramping-arrival-rate'), { description: 'Users arrive at a rate, whether or not the target keeps up, and each stays for `stay`.' }),
  startRate: optional(rate, { description: 'Arrivals at the first instant.', default: DEFAULTS.startRate, examples: ['2/s', '90/min'] }),
  stages: documented(z.array(stage(rate, 'Arrivals at the end of the stage, e.g. 5/s; reached in a straight line.'), { error: 'must be a list of stages' }).min(1).max(500), {
    description: 'Stretches of time, one after the other. After the last one nobody new arrives.',
  }),
  stay: documented(duration(1_000), { description: 'How long each user stays.', examples: ['10m'] }),
  maxUsers: documented(count(1, 1_000_000), { description: 'Users at the same time at most. Arrivals beyond are dropped and counted, never delayed.', examples: [500] }),
});

const threshold = z.union(
  [
    text(400).min(1),
    z.strictObject({
      expression: documented(text(400).min(1), { description: 'What must hold: metric, tags, aggregation, comparison, limit; then per server, between, after, until.', examples: ['join_failed{server=*} rate < 5%'] }),
      abort: optional(flag, { description: 'Stop the run as soon as it is broken.', default: DEFAULTS.abort }),
      warmUp: optional(duration(0), { description: 'Not judged until so long after the beginning; instead of the `warmUp` of the file.', examples: ['0s'] }),
    }),
  ],
  { error: 'must be a threshold such as join_time p(95) < 10 s, or a mapping with expression, abort and warmUp' },
);

const limits = z.strictObject({
  joinTimeout: optional(duration(1_000), { description: 'A user who is not in by then has failed.', default: DEFAULTS.limits.joinTimeout }),
  gracefulStop: optional(duration(), { description: 'Time for everybody to leave after a stop (first Ctrl-C).', default: DEFAULTS.limits.gracefulStop }),
  maxLateness: optional(duration(1), { description: 'The p99 of how late Firstbell itself started users. Above it the verdict is "load not delivered".', default: DEFAULTS.limits.maxLateness }),
  maxEventLoopDelay: optional(duration(1), { description: 'The p99 of how long Firstbell’s own event loop was held up. Above it: "load not delivered".', default: DEFAULTS.limits.maxEventLoopDelay }),
  maxSendLateness: optional(duration(1), { description: 'The p99 of how late media packets of native senders left, the latest of each 100 ms. Above it: "load not delivered".', default: DEFAULTS.limits.maxSendLateness }),
  maxSendLimited: optional(share, { description: 'Share of the time in which sending browsers held their cameras back for want of CPU. Above it: "load not delivered".', default: DEFAULTS.limits.maxSendLimited }),
  browserLaunches: optional(count(1, 100), { description: 'Browsers that start at the same time, at most.', default: DEFAULTS.limits.browserLaunches }),
  usersPerBrowser: optional(count(1, 100), { description: 'Users in one browser process, each in a context of its own.', default: DEFAULTS.limits.usersPerBrowser }),
  maxScreenshots: optional(count(0, 10_000), { description: 'Screenshots of failures that are kept.', default: DEFAULTS.limits.maxScreenshots }),
});

export const scenarioShape = z.strictObject({
  name: documented(text(100).min(1), { description: 'Shown in the report and part of the run’s name.', examples: ['First bell, demo'] }),
  description: optional(text(2_000), { description: 'What this scenario is for, for those who read the report.', default: DEFAULTS.description }),
  seed: optional(count(0, 4_294_967_295), { description: 'All chance in the plan comes from it: same seed, same plan.', default: DEFAULTS.seed }),
  startOfDay: optional(timeOfDay, { description: 'Time of day of the first instant, for labels, checkpoints and parts that start at a time of day. It does not make the run wait.', examples: ['07:00'] }),
  speed: optional(amount(0.1, 1_000), {
    description: 'So many times faster do lessons, gaps and stages go by. What happens inside a join, and how often a user writes, is never compressed; docs/school-day.md says what is.',
    default: DEFAULTS.speed,
    examples: [12],
  }),
  target,
  fleet: optional(fleet, { description: 'What the target is said to be; `firstbell plan` holds the plan against it.' }),
  users: optional(users, { description: 'Who of the users is a real browser and who is native. Exactly one of the two is `rest`.' }),
  wire: optional(text(500).min(1), {
    description: 'What native users say to the server: `recorded` (the built-in wire profile of BBB 3.0.19), `learn` (two browser users record the client of the target before the run), or a file written by `firstbell learn`, seen from this file.',
    default: DEFAULTS.wire,
    examples: ['learn', 'wire-3.0.20.json'],
  }),
  meetings: documented(z.record(name, template, { error: 'must be a mapping of names to meeting templates' }).refine((all) => Object.keys(all).length > 0, { error: 'must name at least one meeting template' }), {
    description: 'Meeting templates by name: how many users, and what they do.',
    examples: [{ class: { size: 25, pupil: { webcamShare: '10%' } } }],
  }),
  load: documented(
    z.array(z.discriminatedUnion('executor', [rampingUsers, constantUsers, rampingArrivalRate, curve, timetable, meetingList]), { error: 'must be a list of parts' }).min(1).max(200),
    { description: 'The parts of the load. They run side by side, each from its own start.' },
  ),
  events: optional(scenarioEvents, { description: 'What happens at set times, in many meetings at once or beside them.' }),
  thresholds: optional(z.array(threshold, { error: 'must be a list of thresholds' }).max(200), {
    description: 'What must hold for exit code 0. docs/metrics.md lists the metrics.',
    examples: [['join_time p(95) < 10 s', { expression: 'join_failed{server=*} rate < 5%', abort: true }, 'join_time p(95) < 15 s until 2m']],
  }),
  warmUp: optional(duration(0), {
    description: 'What is measured before this is over does not count for thresholds, unless they name a stretch of time themselves.',
    default: DEFAULTS.warmUp,
    examples: ['2m'],
  }),
  limits: optional(limits, { description: 'Limits of the run itself.' }),
  scrape: optional(scrape, { description: 'Where the servers of the fleet say how they are doing; lined up with what users felt. The embedded simulator is asked without this.' }),
  checkpointEvery: optional(duration(1_000), { description: 'Time between two looks at the whole fleet.', default: DEFAULTS.checkpointEvery, examples: ['30m'] }),
});

export type WrittenScenario = z.infer<typeof scenarioShape>;
export type WrittenTemplate = z.infer<typeof template>;
export type WrittenBehaviour = z.infer<ReturnType<typeof behaviour>> & Partial<z.infer<z.ZodObject<typeof teaching>>>;
export type WrittenPart = WrittenScenario['load'][number];
export type WrittenTarget = z.infer<typeof target>;
export type WrittenUsers = z.infer<typeof users>;
export type WrittenThreshold = z.infer<typeof threshold>;
