import { formatsIn } from '../format.js';
import type { HistoryWords } from './history-en.js';

const { counted, whole } = formatsIn('de');
const searches = (count: number): string => counted(count, 'Kapazitätssuche', 'Kapazitätssuchen');
/** After „aus“, „von“ and „in“. */
const runs = (count: number): string => counted(count, 'Lauf', 'Läufen');
const both = (runCount: number, searchCount: number): string => [...(runCount > 0 ? [runs(runCount)] : []), ...(searchCount > 0 ? [searches(searchCount)] : [])].join(' und ');

/** The page of a fleet's history in German. */
export const HISTORY_DE: HistoryWords = {
  masthead: 'Verlauf der Lasttests',
  documentTitle: (runCount, searchCount) => `Verlauf aus ${both(runCount, searchCount)}, Lasttests mit Firstbell`,
  skip: 'Zum Verlauf springen',
  oneRun: (verdict) => `Ein Lauf: „${verdict}“.`,
  headline: (held, all, last) => `${whole(held)} von ${runs(all)} ${held === 1 ? 'hat' : 'haben'} gehalten; der letzte: „${last}“.`,
  nothing: 'Noch keine Läufe.',
  nobodyJoined: 'In keinem Lauf kam jemand hinein.',
  joinedOnce: (p95) => `95 von 100 Personen konnten in ${p95} teilnehmen.`,
  joined: (first, last) => `Im ersten Lauf${first.ofAll ? '' : ', in dem jemand hineinkam,'} konnten 95 von 100 Personen in ${first.p95} teilnehmen (${first.date}), im letzten${last.ofAll ? '' : ', in dem jemand hineinkam,'} in ${last.p95} (${last.date}).`,
  capacity: (held, required, date, server) => `Die letzte Kapazitätssuche (${date}${server === undefined ? '' : `, nur der Server ${server}`}): Getragen werden ${held} Personen zugleich; gefordert sind ${required}.`,
  manyScenarios: (count) => `Es sind ${counted(count, 'Szenario', 'Szenarien')}: Eine andere Last ergibt andere Zahlen.`,
  allSimulated: 'Alle gingen gegen den Simulator, der Firstbell beiliegt; über echte Server sagt er nichts.',
  someSimulated: (what) => `Gegen den Simulator, der Firstbell beiliegt und über echte Server nichts sagt: ${what}.`,
  both: (runCount, searchCount) => [...(runCount > 0 ? [counted(runCount, 'Lauf', 'Läufe')] : []), ...(searchCount > 0 ? [searches(searchCount)] : [])].join(' und '),
  simulator: 'Simulator',
  of: (joined, planned) => `${joined} von ${planned}`,

  searches: {
    title: 'Wie viele Personen getragen werden',
    intro: 'Jede Kapazitätssuche versucht das Szenario mit mehr und weniger Personen, bis bekannt ist, wie viele getragen werden.',
    caption: 'Kapazitätssuchen in der Reihenfolge der Zeit',
    columns: ['Suche', 'Begonnen', 'Ziel', 'Gefordert', 'Getragen', 'Intervall', 'Urteil', 'Versagte zuerst'],
    nothingBroke: 'nichts',
    noInterval: 'keines',
    chart: 'Personen, die getragen werden, von Suche zu Suche',
    held: 'Getragen: das Knie, oder mindestens so viele',
    heldAlone: 'Dasselbe von einem Server allein',
    interval: 'Intervall des Knies',
    required: 'Gefordert',
    noneHeld: (count) => ` In ${searches(count)} wurde nicht einmal die kleinste Last getragen; dort steht kein Punkt.`,
  },

  runs: {
    title: 'Läufe',
    caption: 'Läufe in der Reihenfolge der Zeit',
    columns: ['Lauf', 'Begonnen', 'Ziel', 'Urteil', 'Hinein', 'Höchstens zugleich', 'Beitrittszeit, p95', 'Fehler'],
    empty: 'Es fand sich kein Lauf.',
  },

  overview: {
    title: 'Von Lauf zu Lauf',
    join: 'Beitrittszeit',
    users: 'Personen',
    peak: 'Höchstens zugleich in Konferenzen',
    out: 'Nicht hineingekommen, oder Konferenz verloren',
    errors: 'Fehler',
  },

  metrics: {
    title: 'Messgröße für Messgröße',
    intro: 'Mediane und 95. Perzentile über alle; Anteile und Summen für das, was gezählt wird. Ob ein Sprung mehr als Zufall ist, sagt:',
    p95: '95. Perzentil',
    median: 'Median',
    share: 'Anteil',
    total: 'Summe',
  },

  span: {
    never: 'In keinem Lauf gemessen.',
    gap: (count) => ` In ${runs(count)} nicht gemessen.`,
    once: (value) => `${value}.`,
    same: (value) => `Jedes Mal ${value}.`,
    range: (first, last, least, most) => `Von ${first} bis ${last}; zwischen ${least} und ${most}.`,
  },

  how: {
    title: 'Wie die Zahlen berechnet wurden',
    intro: 'Jede unterstrichene Überschrift führt hierher. Jede Zeile ist ein Lauf oder eine Suche für sich; der Bericht, zu dem der Name führt, sagt mehr.',
    verdict: { title: 'Urteil', text: 'Bei einem Lauf: ob jede Bedingung seines Szenarios eingehalten war, sofern die Last erbracht wurde. Bei einer Suche: ob das ganze Intervall bei dem liegt, was gefordert ist, oder darüber, oder darunter.' },
    joined: { title: 'Hinein, zugleich', text: 'Personen, die hineinkamen, von den geplanten, und die meisten, die zu irgendeinem Zeitpunkt in Konferenzen waren; beides aus den Ereignissen des Laufs gezählt.' },
    join: { title: 'Beitrittszeit', text: 'Vom Zeitpunkt im Plan, bis die Person drin war. 95. Perzentil und Median aller Personen eines Laufs, aus zusammengefügten Histogrammen; eine Zeit hat nur, wer hineinkam.' },
    errors: { title: 'Fehler', text: 'Fehlschläge von Personen, Konferenzen und Handlungen, die der Lauf aufzeichnete, jeder einmal gezählt.' },
    metrics: { title: 'Messgrößen', text: 'Wie sie in summary.json jedes Laufs stehen: Perzentile aus den zusammengefügten Histogrammen des ganzen Laufs. Wo ein Lauf etwas nicht maß, hat die Linie eine Lücke.' },
    held: { title: 'Getragene Personen, Intervall', text: 'Das Knie, die Last, bei der die Hälfte der Läufe hält, mit dem Intervall dieser Schätzung; „mindestens“, wo nichts versagte. Wie es in capacity.json jeder Suche steht.' },
    first: { title: 'Was zuerst versagte', text: 'Die Schwelle, die in den meisten Schritten, die am unteren Ende des Intervalls oder darüber versagten, als erste gebrochen war. Wie in capacity.json jeder Suche.' },
  },

  footer: 'Erstellt von Firstbell aus den Zusammenfassungen dieser Läufe und Suchen. Ein Punkt steht für eine davon, nummeriert wie in der Tabelle; die Zeit zwischen zweien ist nicht maßstäblich.',
};
