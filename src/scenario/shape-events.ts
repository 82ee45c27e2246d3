import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import { argument, count, documented, duration, name, optional, share, start } from './shape-values.js';

/** Events in their written form. */

const D = DEFAULTS.events;

const lasting = (description: string, examples: readonly string[] = ['5m']) => documented(duration(), { description, examples });
const within = (what: string) => optional(duration(), { description: `${what}, each by chance within this time. Not compressed by \`speed\`.`, default: D.within });
const some = (description: string, otherwise: number) => optional(share, { description, default: otherwise, examples: ['30%'] });

/** A kind of event: its keys without those of every event. */
const kinds = {
  mute: ['The teacher mutes everybody but presenters, and lets them speak again after `for`. Known to break meetings of hundreds.', { for: lasting('How long.') }],
  whiteboard: [
    'The teacher lets everybody draw, for so long.',
    { for: lasting('How long.'), share: some('Share of the others that draw.', D.drawShare), every: optional(duration(1_000), { description: 'Mean time between two strokes of one of them. Not compressed by `speed`.', default: D.drawEvery }) },
  ],
  poll: ['The teacher starts a poll.', { share: some('Share of the others that vote.', D.voteShare), within: within('They vote') }],
  slides: ['The teacher turns the slides.', { for: lasting('How long.'), every: optional(duration(1_000), { description: 'Time between two slides. Not compressed by `speed`.', default: D.slidesEvery }) }],
  screen: ['The teacher shares the screen.', { for: lasting('How long.') }],
  react: ['People show emojis.', { share: some('Share of all in the meeting.', D.reactShare), within: within('They react') }],
  microphones: ['People with a microphone switch it on together, and off after `for`.', { for: lasting('How long.', ['30s']), share: some('Share of those with a microphone.', D.microphonesShare) }],
  breakouts: [
    'The teacher opens breakout rooms; the others go there.',
    { rooms: documented(count(2, 50), { description: 'How many rooms.', examples: [4] }), for: lasting('How long the rooms are open.', ['10m']), share: some('Share of the others that go.', D.breakoutShare), within: within('They go') },
  ],
  'network-loss': [
    'A reconnection storm: a share of the users loses the network at the same instant. A user loses it once a stay at most.',
    { share: documented(share, { description: 'Share of all users there.', examples: ['30%'] }), for: optional(duration(1_000), { description: 'How long the network is away. Not compressed by `speed`; BigBlueButton takes a user for gone after 30 s.', default: D.networkLoss, examples: ['20s'] }) },
  ],
  reload: ['People load the client anew, as with F5.', { share: documented(share, { description: 'Share of all users there.', examples: ['30%'] }), within: within('They do') }],
} as const satisfies Record<string, readonly [string, z.core.$ZodShape]>;

type Kinds = typeof kinds;
type KindName = keyof Kinds;

const meetingShare = some('Share of the meetings in which it happens.', D.meetingShare);

const kind = <const K extends KindName, const Base extends z.core.$ZodShape>(key: K, base: Base) =>
  z.strictObject({ ...base, do: documented(z.literal(key), { description: kinds[key][0] }), ...(kinds[key][1] as Kinds[K][1]), meetingShare });

const all = <const Base extends z.core.$ZodShape>(base: Base) =>
  [kind('mute', base), kind('whiteboard', base), kind('poll', base), kind('slides', base), kind('screen', base), kind('react', base), kind('microphones', base), kind('breakouts', base), kind('network-loss', base), kind('reload', base)] as const;

const LIST_ERROR = { error: 'must be a list of events' };

/** In a meeting template. */
export const meetingEvents = z.array(z.discriminatedUnion('do', all({ at: documented(duration(), { description: 'So long after the bell; where there is no bell, after the first user is due.', examples: ['10m'] }) })), LIST_ERROR).max(100);

const day = { at: documented(start, { description: 'When: a duration since the beginning of the run, or a time of day (needs startOfDay).', examples: ['10m', '08:20'] }) };

const exec = z.strictObject({
  ...day,
  do: documented(z.literal('exec'), { description: 'Runs a command of yours, e.g. to stop a server. Only with `firstbell run --allow-hooks`. No shell reads it; the shared secret is taken out of its environment.' }),
  name: documented(name, { description: 'Stands in events and report, and names the file with the output.', examples: ['stop bbb03'] }),
  command: documented(z.array(argument, { error: 'must be a list: the program and its arguments' }).min(1).max(50), { description: 'Program and arguments.', examples: [['ssh', 'bbb03', 'sudo bbb-conf --stop']] }),
  timeout: optional(duration(1_000), { description: 'Killed after so long, and when the run ends. Not compressed by `speed`.', default: D.execTimeout }),
});

const fault = z.strictObject({
  ...day,
  do: documented(z.literal('fault'), { description: 'Faults of the embedded simulator that come, and go after `for`.' }),
  faults: documented(z.array(argument.regex(/^(?:[A-Za-z0-9_-]{1,32}:)?[a-z-]+(?:=[0-9.]+)?$/, { error: 'must be a fault\nfor example bbb02:api-delay=2000; `firstbell sim --help` lists them' }), { error: 'must be a list of faults' }).min(1).max(20), {
    description: '`[server:]kind[=value]`, as `firstbell sim --help` lists them.',
    examples: [['bbb02:api-delay=2000']],
  }),
  for: optional(duration(), { description: 'How long. Without it until the end.', examples: ['2m'] }),
});

/** At the top of the file. */
export const scenarioEvents = z
  .array(z.discriminatedUnion('do', [...all({ ...day, meetings: optional(name, { description: 'Only in meetings of this template. Without it in all.', examples: ['class'] }) }), exec, fault]), LIST_ERROR)
  .max(200);

export type WrittenMeetingEvent = z.infer<typeof meetingEvents>[number];
export type WrittenEvent = z.infer<typeof scenarioEvents>[number];
