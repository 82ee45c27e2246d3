import { formatsIn } from '../format.js';
import type { VerdictWord } from '../summary.js';

const { counted, whole, duration } = formatsIn('en');
const users = (count: number): string => counted(count, 'user');

/** Those of `of` users, or stretches of time, to whom or in which nothing came. */
export interface Absent {
  readonly absent: number;
  readonly of: number;
}

/** What is said of the verdict of a run wherever it is shown, in English. */
export const VERDICT_EN = {
  /** In one or two words, for headings. */
  titles: { held: 'Held', broken: 'Did not hold', 'not-delivered': 'No verdict: load not delivered', 'could-not-run': 'Could not run', interrupted: 'Interrupted' } as Readonly<Record<VerdictWord, string>>,
  fleet: (simulated: boolean): string => (simulated ? 'The simulated fleet' : 'The fleet'),
  held: (fleet: string, whoJoined: string) => `${fleet} held: ${whoJoined}.`,
  broken: (fleet: string, whoJoined: string) => `${fleet} did not hold: ${whoJoined}.`,
  conditionsBroke: (fleet: string, broke: number, all: number, whoJoined: string) => `${fleet} did not hold: ${broke === all ? (broke === 1 ? 'the one condition' : `all ${whole(broke)} conditions`) : `${whole(broke)} of ${counted(all, 'condition')}`} broke, and ${whoJoined}.`,
  notDelivered: 'This machine could not deliver the planned load: no statement about the servers.',
  couldNotStart: 'The run could not take place: no statement about the servers.',
  couldNotGoOn: 'The run could not be completed: no statement about the servers.',
  interrupted: (durationMs: number) => (durationMs > 0 ? `The run was interrupted after ${duration(durationMs)}: no verdict.` : 'The run was interrupted before anything happened: no verdict.'),
  goesOnTitle: 'Not over yet',
  goesOn: (durationMs: number) => `The run still goes on; this is what was measured in its first ${duration(durationMs)}: no verdict yet.`,
  /** `15 of 15 users joined 3 meetings on 3 servers`. */
  whoJoined: (joined: number, planned: number, meetings: number, servers: number) => `${whole(joined)} of ${users(planned)} joined ${counted(meetings, 'meeting')}${servers > 0 ? ` on ${counted(servers, 'server')}` : ''}`,
  noneJoined: (planned: number) => (planned === 0 ? 'nobody was meant to join' : `none of ${users(planned)} joined`),
  nobody: 'Nobody joined.',
  inThisRun: (whoJoined: string) => `In this run ${whoJoined}.`,
  untilThen: (whoJoined: string) => `Until then ${whoJoined}.`,
  joinTime: (p50Ms: number, p95Ms: number) => `Half of the users could take part within ${duration(p50Ms)} and 95 of 100 within ${duration(p95Ms)}, counted from the moment at which they wanted to join.`,
  peak: (count: number) => `At the peak ${users(count)} ${count === 1 ? 'was' : 'were'} in meetings at the same time.`,
  outOfMeetings: (failed: number, lost: number) => {
    if (failed === 0 && lost === 0) return 'Nobody was kept out, and nobody lost a meeting.';
    const failedPart = failed === 0 ? 'Nobody was kept out' : `${users(failed)} did not get in`;
    return `${failedPart}, and ${lost === 0 ? 'nobody lost a meeting' : `${users(lost)} lost the meeting before it was time`}.`;
  },
  /** Users who were to hear others, and to see them, and those of them to whom nothing came; 0 of 0: nobody was asked. `later`: it is said next that it did not last. */
  absent: (sound: Absent, pictures: Absent, later: boolean): string | undefined => {
    if (sound.of + pictures.of === 0) return undefined;
    if (sound.absent + pictures.absent === 0) return `Everybody who was to ${sound.of === 0 ? 'see' : pictures.of === 0 ? 'hear' : 'hear or see'} others did${later ? ' at first' : ''}.`;
    const parts = [
      ...(sound.absent > 0 ? [`${whole(sound.absent)} of ${users(sound.of)} heard nothing of those who spoke`] : []),
      ...(pictures.absent > 0 ? [`${whole(pictures.absent)} of ${users(pictures.of)} saw nothing of those with a camera`] : []),
    ];
    return `${parts.join(', and ')}.`;
  },
  /** Stretches of 15 s in which sound, and pictures, had to come again, and those of them in which none did; undefined: there are none of those. */
  missing: (sound: Absent, pictures: Absent): string | undefined => {
    if (sound.absent + pictures.absent === 0) return undefined;
    const parts = [
      ...(sound.absent > 0 ? [`sound was missing in ${whole(sound.absent)} of ${counted(sound.of, 'stretch', 'stretches')} of 15 s`] : []),
      ...(pictures.absent > 0 ? [`pictures were missing in ${whole(pictures.absent)} of ${counted(pictures.of, 'stretch', 'stretches')} of 15 s`] : []),
    ];
    return `Later ${parts.join(', and ')}.`;
  },
  on: (worst: string) => ` on ${worst}`,
  /** Said wherever a verdict on the simulator is shown: it is for trying and testing. */
  simulator: 'This run was against the simulator that comes with Firstbell. It rehearses the test; it says nothing about real servers.',
};

export type VerdictWords = typeof VERDICT_EN;
