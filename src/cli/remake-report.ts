import { join } from 'node:path';
import { HarnessError } from '../core/errors.js';
import { mergeAll } from '../metrics/merge.js';
import type { Threshold } from '../metrics/threshold.js';
import type { Lang } from '../report/format.js';
import { readRunFolder } from '../report/read-run-folder.js';
import { RUN_FILES, type RunData } from '../report/run-data.js';
import { summarise } from '../report/summarise.js';
import type { Summary } from '../report/summary.js';
import { renderText } from '../report/text.js';
import { ownerOf } from './folder-owner.js';
import { writeReport } from '../report/write.js';
import { recordedResult } from '../run/recorded-result.js';
import { decideVerdict } from '../run/verdict.js';
import { checkScenario } from '../scenario/check.js';

export interface RemadeReport {
  readonly summary: Summary;
  readonly data: RunData;
  text(options: { readonly width: number; readonly colour: boolean }): string;
}

/** A run as its folder tells it, judged anew; nothing is written. */
export async function summariseFolder(dir: string): Promise<{ readonly summary: Summary; readonly data: RunData }> {
  const data = await readRunFolder(dir);
  const thresholds = thresholdsOf(data.scenarioText, dir);
  const result = recordedResult({ plan: data.plan, events: data.events, series: mergeAll(data.snapshots), snapshots: data.snapshots, thresholds });
  const { verdict: word, exitCode, reasons } = decideVerdict(result);
  return { data, summary: summarise(data, { thresholds, verdict: { word, exitCode, reasons }, goesOn: (await ownerOf(dir)) !== undefined }) };
}

/** Makes every document of a run folder from what was recorded in it; the one way from a run to its report, also right after it. */
export async function remakeReport(dir: string, lang?: Lang): Promise<RemadeReport> {
  const { summary, data } = await summariseFolder(dir);
  await writeReport(dir, summary, data, lang);
  return { summary, data, text: ({ width, colour }) => renderText(summary, { width, colour, reportPath: join(dir, RUN_FILES.html) }) };
}

/** The scenario as it was run; it was valid then. */
function thresholdsOf(scenarioText: string, dir: string): readonly Threshold[] {
  const checked = checkScenario(scenarioText, 'scenario.yaml');
  if (checked.ok) return checked.scenario.thresholds;
  throw new HarnessError('FILE_UNREADABLE', `the scenario in ${dir} is not the one that was run: it has ${checked.problems.length} problems`, { hint: 'restore scenario.yaml in the run folder' });
}
