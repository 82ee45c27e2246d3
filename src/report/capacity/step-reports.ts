import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capacity } from '../../capacity/capacity.js';
import { RUN_FILES } from '../run-data.js';

/** What Firstbell calls its runs; a name of another make, which a file of others may have, is no part of an address. */
const RUN_NAME = /^\w[\w.-]*$/;

/** Where the report of a step's run lies, from the folder of its search. Undefined: its name is not one of ours. */
export function stepReport(run: string): string | undefined {
  return RUN_NAME.test(run) ? `steps/${run}/${RUN_FILES.html}` : undefined;
}

/** Runs of the steps whose report is there, in the folder `dir` of the search. */
export async function stepReports(dir: string, { steps, oneServerDown }: Pick<Capacity, 'steps' | 'oneServerDown'>): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    [...steps, ...(oneServerDown?.steps ?? [])].map(async ({ run }) => {
      const path = stepReport(run);
      const there = path !== undefined && (await stat(join(dir, path)).then((file) => file.isFile(), () => false));
      return there ? [run] : [];
    }),
  );
  return new Set(found.flat());
}
