import { readFileSync } from 'node:fs';
import { renderToString } from 'preact-render-to-string';
import type { Capacity } from '../../capacity/capacity.js';
import type { Lang } from '../format.js';
import { LangContext } from '../html/lang.js';
import { DataTable, Missing, Pair, Section } from '../html/parts.js';
import { Before, FirstBreak, Knee } from './answers.js';
import { Board } from './board.js';
import { Fits } from './fits.js';
import { How, HowComputed } from './how.js';
import { Limits } from './limits.js';
import { reproduce } from './reproduce.js';
import { Method, Phases, Steps, Thresholds } from './steps.js';
import { capacityView, type CapacityView } from './view.js';

const STYLE = ['../html/report.css', './capacity.css'].map((name) => readFileSync(new URL(name, import.meta.url), 'utf8')).join('\n');

/** Nothing is fetched, nothing runs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * `capacity.html`: page one for those who decide, the rest for engineers. One file without scripts and without network. Same input, same bytes. `reports`:
 * runs of the steps whose report is there, to be linked.
 */
export function renderCapacity(capacity: Capacity, lang: Lang, reports: ReadonlySet<string> = new Set()): string {
  return `<!doctype html>\n${renderToString(
    <LangContext.Provider value={lang}>
      <Page view={capacityView(capacity, lang, reports)} />
    </LangContext.Provider>,
  )}\n`;
}

function Page({ view }: { readonly view: CapacityView }) {
  const { capacity, f, t, lang } = view;
  const contents: readonly (readonly [string, string])[] = [
    ['method', t.method.title],
    ['steps', t.steps.title],
    ['knee', t.knee.title],
    ['first', t.broke.title],
    ['models', t.fits.title],
    ['limits', t.limits.title],
    ['conditions', t.thresholds.title],
    ['generator', t.generator.title],
    ['before', t.before.title],
    ['environment', t.environment.title],
    ['how', t.how.title],
  ];
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="color-scheme" content="light dark" />
        <title>{t.documentTitle(t.verdict[capacity.verdict], capacity.scenario)}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#main">
          {t.skip}
        </a>
        <Board view={view} />
        <nav aria-label={t.contents}>
          <p class="nav-title">{t.engineer}</p>
          <ul>
            {contents.map(([id, title]) => (
              <li key={id}>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
        <main id="main">
          <Method view={view} />
          <Steps view={view} />
          <Knee view={view} />
          <FirstBreak view={view} />
          <Phases view={view} />
          <Fits view={view} />
          <Limits view={view} />
          <Thresholds view={view} />
          <Generator view={view} />
          <Before view={view} />
          <Environment view={view} />
          <HowComputed view={view} />
        </main>
        <footer>
          <p>{t.madeBy(capacity.environment.firstbell.version, f.dateTime(capacity.asked.startedAt))}</p>
        </footer>
      </body>
    </html>
  );
}

function Generator({ view: { capacity, f, t } }: { readonly view: CapacityView }) {
  const { asked, environment } = capacity;
  // Workers have cores of their own, which are not told.
  const of = asked.workers === undefined ? ` / ${f.quantity(environment.machine.cores, 'cores')}` : '';
  const or = (value: number | undefined, unit: 'ms' | 'cores' | 'MB' | 'count') => (value === undefined ? <Missing /> : f.quantity(value, unit));
  return (
    <Section id="generator" title={t.generator.title} intro={t.generator.intro}>
      <DataTable
        caption={t.generator.title}
        quiet
        columns={t.generator.columns.map((title, column) => ({ title, how: column < 2 ? undefined : column === 7 ? 'delivered' : 'generator', figure: true }))}
        rows={capacity.steps.map(({ users, outcome, generator }, index) => [
          f.whole(index + 1),
          f.whole(users),
          or(generator?.latenessP99Ms, 'ms'),
          or(generator?.eventLoopDelayP99Ms, 'ms'),
          generator?.cpuCores === undefined ? <Missing /> : `${f.number(generator.cpuCores, 2)}${of}`,
          or(generator?.peakRssMb, 'MB'),
          or(generator?.dropped, 'count'),
          <How to="delivered">{outcome === 'undelivered' ? t.generator.no : t.generator.yes}</How>,
        ])}
        empty={t.generator.none}
      />
    </Section>
  );
}

function Environment({ view: { capacity, f, t, reportOf } }: { readonly view: CapacityView }) {
  const { asked, environment, steps, oneServerDown } = capacity;
  const { target, machine, firstbell } = environment;
  const runs = [...steps, ...(oneServerDown?.steps ?? [])].map(({ run }) => run);
  return (
    <Section id="environment" title={t.environment.title}>
      <dl class="environment">
        <Pair term={t.environment.scenarioFile} text={asked.scenarioFile} />
        <Pair term={t.environment.seed} text={String(asked.seed)} />
        <Pair term={t.facts.started} text={f.dateTime(asked.startedAt)} />
        <Pair term={t.environment.target} text={target.kind === 'simulator' ? t.environment.simulatorAt(target.url) : target.url} />
        <Pair term="BigBlueButton" text={target.bbbVersion ?? t.environment.bbbUnknown} />
        <Pair term={t.environment.servers} text={f.whole(asked.servers)} />
        <Pair term={t.environment.machine} text={t.environment.machineText(machine.cpu, f.quantity(machine.cores, 'cores'), f.quantity(machine.memoryGb * 1_000, 'MB'), machine.os)} />
        {asked.workers === undefined ? null : <Pair term={t.environment.workers} text={t.environment.workersText(asked.workers, asked.browserWorkers ?? 0)} />}
        <Pair term="Firstbell" text={`${firstbell.version}${firstbell.commit === undefined ? '' : ` (commit ${firstbell.commit})`}, Node ${firstbell.node}`} />
        <Pair term={t.environment.browser} text={firstbell.browser ?? t.environment.noBrowser} />
      </dl>
      <p>{t.environment.again}</p>
      <pre tabIndex={0} role="group" aria-label={t.environment.command}>
        <code>{reproduce(capacity)}</code>
      </pre>
      <details>
        <summary>{t.environment.runs}</summary>
        <ol class="step-folders">
          {runs.map((run) => (
            <li key={run}>{reportOf(run) === undefined ? <code>steps/{run}</code> : <a href={reportOf(run)}>steps/{run}</a>}</li>
          ))}
        </ol>
      </details>
    </Section>
  );
}
