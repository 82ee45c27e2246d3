import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capacity } from '../capacity/capacity.js';
import { capacityText } from '../capacity/capacity-text.js';
import { redact } from '../core/redact.js';
import { capacityJunit } from '../report/capacity/documents.js';
import { renderCapacity } from '../report/capacity/page.js';
import { CAPACITY_FILES } from '../report/capacity/read-capacity.js';
import { stepReports } from '../report/capacity/step-reports.js';
import type { Lang } from '../report/format.js';
import { writeWhole } from '../report/write.js';

/** Whether a folder is that of a capacity search and not of a run. */
export function isCapacityFolder(dir: string): Promise<boolean> {
  const there = (name: string): Promise<boolean> => stat(join(dir, name)).then((file) => file.isFile(), () => false);
  return there(CAPACITY_FILES.json).then(async (found) => found || there(CAPACITY_FILES.state));
}

/** Everything that a search writes when it has its answer. */
export async function writeCapacity(dir: string, capacity: Capacity, lang: Lang): Promise<void> {
  await writeWhole(join(dir, CAPACITY_FILES.json), redact(`${JSON.stringify(capacity, undefined, 2)}\n`));
  await remakeCapacity(dir, capacity, lang);
}

/** The documents made from capacity.json. */
export async function remakeCapacity(dir: string, capacity: Capacity, lang: Lang): Promise<void> {
  await writeWhole(join(dir, CAPACITY_FILES.text), redact(capacityText(capacity)));
  await writeWhole(join(dir, CAPACITY_FILES.html), redact(renderCapacity(capacity, lang, await stepReports(dir, capacity))));
  await writeWhole(join(dir, CAPACITY_FILES.junit), capacityJunit(capacity));
}
