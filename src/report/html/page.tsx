import { readFileSync } from 'node:fs';
import { renderToString } from 'preact-render-to-string';
import type { Evidence } from '../evidence.js';
import type { Lang } from '../format.js';
import type { RunData } from '../run-data.js';
import type { Summary } from '../summary.js';
import { titleOf } from '../words/words.js';
import { Counts } from './counts.js';
import { Checkpoints, Environment, Glossary, Measurements } from './appendix.js';
import { Experience } from './experience.js';
import { EvidencePictures, Failures } from './failures.js';
import { Fleet } from './fleet.js';
import { Generator } from './generator.js';
import { Joining } from './joining.js';
import { HowComputed } from './run-how.js';
import { LangContext } from './lang.js';
import { Load } from './load.js';
import { Media } from './media.js';
import { Servers } from './servers.js';
import { Thresholds } from './thresholds.js';
import { Tiles, VerdictHead } from './verdict.js';
import { viewOf, type ReportView } from './view.js';

const STYLE = readFileSync(new URL('./report.css', import.meta.url), 'utf8');

/** Nothing is fetched, nothing runs: the browser holds the file to it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** `report.html`: one file without scripts and without network, for screen and paper. Same input, same bytes. `folder`: where the run lies, for commands; undefined: not known. */
export function renderHtml(summary: Summary, data: RunData, evidence: readonly Evidence[], lang: Lang = 'en', folder?: string): string {
  return `<!doctype html>\n${renderToString(
    <LangContext.Provider value={lang}>
      <Page view={viewOf(summary, data, evidence, lang, folder)} />
    </LangContext.Provider>,
  )}\n`;
}

function Page({ view }: { readonly view: ReportView }) {
  const { summary, lang, f, t } = view;
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="color-scheme" content="light dark" />
        <title>{t.documentTitle(titleOf(summary, lang), summary.scenario)}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <a class="skip" href="#main">
          {t.skip}
        </a>
        <VerdictHead view={view} />
        <nav aria-label={t.contents}>
          <ul>
            {Object.entries(t.contentsOf).map(([id, title]) => (
              <li key={id}>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ul>
        </nav>
        <main id="main">
          <section aria-label={t.keyFigures}>
            <Tiles view={view} />
            <p class="hint">{t.how.hint}</p>
          </section>
          <Thresholds view={view} />
          <Load view={view} />
          <Counts view={view} />
          <Joining view={view} />
          <Media view={view} />
          <Experience view={view} />
          <Servers view={view} />
          <Fleet view={view} />
          <Failures view={view} />
          <EvidencePictures view={view} />
          <Checkpoints view={view} />
          <Generator view={view} />
          <Measurements view={view} />
          <Environment view={view} />
          <HowComputed view={view} />
          <Glossary view={view} />
        </main>
        <footer>
          <p>{t.madeBy(summary.firstbell.version, summary.run, f.dateTime(summary.startedAt))}</p>
        </footer>
      </body>
    </html>
  );
}
