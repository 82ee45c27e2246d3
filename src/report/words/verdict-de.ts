import { formatsIn } from '../format.js';
import type { VerdictWords } from './verdict-en.js';

const { counted, whole, duration } = formatsIn('de');
const persons = (count: number): string => counted(count, 'Person', 'Personen');

/** The verdict of a run in German. */
export const VERDICT_DE: VerdictWords = {
  titles: { held: 'Hat gehalten', broken: 'Hat nicht gehalten', 'not-delivered': 'Kein Urteil: Last nicht erbracht', 'could-not-run': 'Nicht durchführbar', interrupted: 'Abgebrochen' },
  fleet: (simulated) => (simulated ? 'Die simulierte Serverflotte' : 'Die Serverflotte'),
  held: (fleet, whoJoined) => `${fleet} hat gehalten: ${whoJoined}.`,
  broken: (fleet, whoJoined) => `${fleet} hat nicht gehalten: ${whoJoined}.`,
  conditionsBroke: (fleet, broke, all, whoJoined) => `${fleet} hat nicht gehalten: ${broke === all ? (broke === 1 ? 'Die eine Bedingung wurde' : `Alle ${whole(broke)} Bedingungen wurden`) : `${whole(broke)} von ${counted(all, 'Bedingung', 'Bedingungen')} ${broke === 1 ? 'wurde' : 'wurden'}`} verletzt, und ${whoJoined}.`,
  notDelivered: 'Dieser Rechner konnte die geplante Last nicht erbringen: keine Aussage über die Server.',
  couldNotStart: 'Der Lauf konnte nicht stattfinden: keine Aussage über die Server.',
  couldNotGoOn: 'Der Lauf konnte nicht zu Ende geführt werden: keine Aussage über die Server.',
  interrupted: (durationMs) => (durationMs > 0 ? `Der Lauf wurde nach ${duration(durationMs)} abgebrochen: kein Urteil.` : 'Der Lauf wurde abgebrochen, bevor etwas geschah: kein Urteil.'),
  goesOnTitle: 'Noch nicht zu Ende',
  goesOn: (durationMs) => `Der Lauf ist noch nicht zu Ende; dies wurde in den ersten ${duration(durationMs)} gemessen: noch kein Urteil.`,
  whoJoined: (joined, planned, meetings, servers) => `${whole(joined)} von ${persons(planned)} ${joined === 1 ? 'kam' : 'kamen'} in ${counted(meetings, 'Konferenz', 'Konferenzen')}${servers > 0 ? ` auf ${counted(servers, 'Server', 'Servern')}` : ''}`,
  noneJoined: (planned) => (planned === 0 ? 'niemand sollte beitreten' : `keine von ${persons(planned)} kam hinein`),
  nobody: 'Niemand kam hinein.',
  inThisRun: (whoJoined) => `In diesem Lauf gilt: ${whoJoined}.`,
  untilThen: (whoJoined) => `Stand bis dahin: ${whoJoined}.`,
  joinTime: (p50Ms, p95Ms) => `Die Hälfte der Personen konnte in ${duration(p50Ms)} teilnehmen, 95 von 100 in ${duration(p95Ms)}, gerechnet ab dem Augenblick, in dem sie beitreten wollten.`,
  peak: (count) => `Zur Spitze ${count === 1 ? 'war' : 'waren'} ${persons(count)} gleichzeitig in Konferenzen.`,
  outOfMeetings: (failed, lost) => {
    if (failed === 0 && lost === 0) return 'Niemand blieb draußen, und niemand verlor eine Konferenz.';
    const failedPart = failed === 0 ? 'Niemand blieb draußen' : `${persons(failed)} ${failed === 1 ? 'kam' : 'kamen'} nicht hinein`;
    return `${failedPart}, und ${lost === 0 ? 'niemand verlor eine Konferenz' : `${persons(lost)} ${lost === 1 ? 'verlor' : 'verloren'} die Konferenz vor der Zeit`}.`;
  },
  absent: (sound, pictures, later) => {
    if (sound.of + pictures.of === 0) return undefined;
    if (sound.absent + pictures.absent === 0) return `Alle, die andere ${sound.of === 0 ? 'sehen' : pictures.of === 0 ? 'hören' : 'hören oder sehen'} sollten, taten es${later ? ' anfangs' : ''}.`;
    const parts = [
      ...(sound.absent > 0 ? [`${whole(sound.absent)} von ${persons(sound.of)} ${sound.absent === 1 ? 'hörte' : 'hörten'} nichts von denen, die sprachen`] : []),
      ...(pictures.absent > 0 ? [`${whole(pictures.absent)} von ${persons(pictures.of)} ${pictures.absent === 1 ? 'sah' : 'sahen'} nichts von denen mit Kamera`] : []),
    ];
    return `${parts.join(', und ')}.`;
  },
  missing: (sound, pictures) => {
    if (sound.absent + pictures.absent === 0) return undefined;
    const stretches = (count: number): string => counted(count, 'Abschnitt', 'Abschnitten');
    const parts = [
      ...(sound.absent > 0 ? [`fehlte der Ton in ${whole(sound.absent)} von ${stretches(sound.of)} von 15 s`] : []),
      ...(pictures.absent > 0 ? [`${sound.absent > 0 ? 'Bilder fehlten' : 'fehlten Bilder'} in ${whole(pictures.absent)} von ${stretches(pictures.of)} von 15 s`] : []),
    ];
    return `Später ${parts.join(', und ')}.`;
  },
  on: (worst) => ` auf ${worst}`,
  simulator: 'Dieser Lauf ging gegen den Simulator, der Firstbell beiliegt. Er probt den Test; über echte Server sagt er nichts.',
};
