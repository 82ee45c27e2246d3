import { describeExpression } from '../metric-titles.js';

type Translation = readonly [said: RegExp, german: (found: readonly string[]) => string];

const persons = (count: string): string => (count === '1' ? '1 Person' : `${count} Personen`);
const were = (count: string): string => `${persons(count)} ${count === '1' ? 'wurde' : 'wurden'}`;
const where = (on: string | undefined, more?: string): string => `${on === undefined ? '' : ` auf ${on}`}${more === undefined ? '' : ` und ${more} weiteren`}`;
const comma = (number: string): string => number.replace('.', ',');

/** Reasons that a run gives (src/run/verdict.ts, delivery.ts, lost-workers.ts, own-failure.ts) are recorded in English, for scripts; here in German. */
const TRANSLATIONS: readonly Translation[] = [
  [/^stopped by the user$/, () => 'angehalten'],
  [/^aborted by the user$/, () => 'sofort abgebrochen'],
  [/^the harness died$/, () => 'das Programm wurde mitten im Lauf beendet'],
  [/^the run still goes on$/, () => 'der Lauf ist noch nicht zu Ende'],
  [/^the record of the run is incomplete: cannot write (\S+): (.+); (\d+) lines are missing from it$/, ([file = '', why = '', n = '']) => `die Aufzeichnung des Laufs ist unvollständig: ${file} ließ sich nicht schreiben (${why}), ${n === '1' ? '1 Zeile fehlt' : `${n} Zeilen fehlen`}`],
  [/^no meeting could be created$/, () => 'keine Konferenz ließ sich anlegen'],
  [/^no user got in$/, () => 'niemand kam hinein'],
  [/^the run was stopped because an abort threshold broke$/, () => 'der Lauf wurde angehalten, weil eine Abbruchbedingung verletzt war'],
  [/^(\d+) users? did not get in, and no threshold on join_failed allows for it$/, ([n = '']) => `${persons(n)} ${n === '1' ? 'kam' : 'kamen'} nicht hinein, und keine Bedingung für join_failed lässt das zu`],
  [/^(\d+) users? lost the meeting before it was time, and no threshold on users_lost allows for it$/, ([n = '']) => `${persons(n)} ${n === '1' ? 'verlor' : 'verloren'} die Konferenz vor der Zeit, und keine Bedingung für users_lost lässt das zu`],
  [/^(\d+) users? (?:was|were) in a meeting, but not counted by the servers or by other users, and no threshold on missing allows for it$/, ([n = '']) => `${persons(n)} ${n === '1' ? 'war' : 'waren'} in einer Konferenz, aber von den Servern oder von anderen nicht gezählt, und keine Bedingung für missing lässt das zu`],
  [/^users started late: p99 (\d+) ms, limit (\S+) ms$/, ([seen = '', limit = '']) => `Personen begannen zu spät: p99 ${seen} ms, Grenze ${limit} ms`],
  [/^this machine was too busy: event-loop delay p99 (\d+) ms, limit (\S+) ms$/, ([seen = '', limit = '']) => `dieser Rechner war überlastet: Event-Loop-Verzug p99 ${seen} ms, Grenze ${limit} ms`],
  [/^media packets left late: p99 (\d+) ms, limit (\S+) ms$/, ([seen = '', limit = '']) => `Medienpakete gingen zu spät ab: p99 ${seen} ms, Grenze ${limit} ms`],
  [/^browsers held their cameras back for want of CPU: (\d+) % of the time, limit (\d+) %$/, ([seen = '', limit = '']) => `Browser bremsten ihre Kameras, weil CPU fehlte: ${seen} % der Zeit, Grenze ${limit} %`],
  [/^(\d+) users? (?:was|were) dropped: the maximum of users at once was reached$/, ([n = '']) => `${were(n)} ausgelassen: Die Höchstzahl gleichzeitiger Personen war erreicht`],
  [/^(\d+) users? (?:was|were) not prepared by this machine$/, ([n = '']) => `${were(n)} von diesem Rechner nicht vorbereitet`],
  [/^(\d+) users? (?:was|were) never started$/, ([n = '']) => `${persons(n)} ${n === '1' ? 'begann' : 'begannen'} nie`],
  [/^(\d+) users? (?:was|were) taken out before it was time$/, ([n = '']) => `${were(n)} vorzeitig herausgenommen`],
  [/^(\d+) samples lost: too many series to record$/, ([n = '']) => `${n} Messwerte verloren: zu viele Reihen`],
  [/^worker (.+) was lost with (\d+) running users? \(a loss of the generator, not of the target\)$/, ([worker = '', n = '']) => `Worker ${worker} ging mit ${persons(n)} verloren (ein Verlust des Lastgenerators, nicht des Ziels)`],
  [/^worker (.+) was lost, and (\d+) users? that (?:was|were) due came late or not at all \(a loss of the generator, not of the target\)$/, ([worker = '', n = '']) => `Worker ${worker} ging verloren, und ${persons(n)}, die fällig ${n === '1' ? 'war, kam' : 'waren, kamen'} zu spät oder gar nicht (ein Verlust des Lastgenerators, nicht des Ziels)`],
  [/^worker (.+) was lost, and nobody brought (\d+) users? that (?:was|were) still to come \(a loss of the generator, not of the target\)$/, ([worker = '', n = '']) => `Worker ${worker} ging verloren, und niemand spielte ${persons(n)}, die noch kommen ${n === '1' ? 'sollte' : 'sollten'} (ein Verlust des Lastgenerators, nicht des Ziels)`],
  [/^worker (.+?) could not bring its users: (.+)$/s, ([worker = '', why = '']) => `Worker ${worker} konnte seine Personen nicht spielen: ${why}`],
  [/^(\d+) reports? of worker (.+) found no room while the broker was away$/, ([n = '', worker = '']) => `${n === '1' ? '1 Meldung' : `${n} Meldungen`} von Worker ${worker} ${n === '1' ? 'ging' : 'gingen'} verloren, während der Broker fehlte`],
  [/^(\d+) users? (?:was|were) lost with (?:its browser|their browsers) \(a loss of the generator, not of the target\)$/, ([n = '']) => `${persons(n)} ${n === '1' ? 'ging mit ihrem' : 'gingen mit ihren'} Browser${n === '1' ? '' : 'n'} verloren (ein Verlust des Lastgenerators, nicht des Ziels)`],
  [/^(.+): nothing was measured(?: on (.+?)(?: and (\d+) more)?)?$/, ([expression = '', on, more]) => `${inWords(expression)}: nichts wurde gemessen${where(on, more)}`],
  [
    /^(.+): observed (-?[\d.e+-]+)(%| ?[a-zA-Z/]+)?(?: on (.+?))?(?:, the worst of (\d+))?(; nothing was measured on (.+?)(?: and (\d+) more)?)?$/,
    ([expression = '', value = '', unit = '', worst, of, besides, on, more]) =>
      `${inWords(expression)}: gemessen ${comma(value)}${unit.replace('%', ' %')}${where(worst)}${of === undefined ? '' : `, dem schlechtesten von ${of}`}${besides === undefined ? '' : `; nichts wurde gemessen${where(on, more)}`}`,
  ],
];

function inWords(expression: string): string {
  const words = describeExpression(expression, 'de');
  return words === undefined ? expression : `${words} (${expression})`;
}

/** A reason of a verdict in German; undefined: said by a server, or by another version, and not known here. */
export function reasonInGerman(reason: string): string | undefined {
  for (const [said, german] of TRANSLATIONS) {
    const found = said.exec(reason);
    if (found) return german(found.slice(1));
  }
  return undefined;
}
