import { existsSync } from 'node:fs';
import { BbbApi } from '../../src/bbb/api.js';
import { startEmbeddedSim, type RunningSim } from '../../src/cli/embedded-sim.js';
import { processIo } from '../../src/cli/io.js';
import { systemClock } from '../../src/core/clock.js';
import { HarnessError, messageOf } from '../../src/core/errors.js';
import { builtFile } from '../../src/core/paths.js';
import { uniqueToken } from '../../src/core/random.js';
import { ApiMeetingHost } from '../../src/fleet/meetings.js';
import { handOver, type SmokeTarget } from './settings.js';

const SWEEP_LIMIT_MS = 20_000;
const SIM = { servers: 2, graphqlConnections: 500, socketsPerSecond: 100, mediaProcesses: 1 };

/** Before the first test: the target, or the simulator when none is named. Returns what is done after the last test. */
export default async function setUp(): Promise<() => Promise<void>> {
  if (!existsSync(builtFile('cli/main.js'))) throw said(new HarnessError('USAGE', 'Firstbell is not built', { hint: 'npm run build' }));
  const io = processIo();
  // Set and empty is a variable of a CI that has no value: what is to be tested is a server, and a simulator would be found fine in its place.
  if (process.env['BBB_URL']?.trim() === '') throw said(new HarnessError('USAGE', 'BBB_URL is set, but empty', { hint: 'give it the API URL of the server; unset it to try the suite on a simulator' }));
  const { BBB_URL: url = '', BBB_SECRET: secret = '', SMOKE_FAULTS: faults = '' } = process.env;
  let sim: RunningSim | undefined;
  try {
    if (url !== '' && secret === '') throw new HarnessError('SECRET_MISSING', 'BBB_URL is set, but BBB_SECRET is not', { hint: '`bbb-conf --secret` on the server prints the shared secret' });
    if (url !== '' && faults !== '') throw new HarnessError('USAGE', 'SMOKE_FAULTS is for the simulator; BBB_URL names a target');
    if (url === '') sim = await startEmbeddedSim(io, { ...SIM, faults: faults.split(/[\s,]+/).filter((one) => one !== '') });
    const target: SmokeTarget = { url: sim?.url ?? url, secret: sim?.secret ?? secret, runId: `smoke-${uniqueToken(10)}` };
    await using _checked = new BbbApi(target, { clock: systemClock });
    handOver(target);
    return async () => {
      await sweep(target);
      await sim?.[Symbol.asyncDispose]();
    };
  } catch (error) {
    await sim?.[Symbol.asyncDispose]();
    throw said(error);
  }
}

/** Ends what tests could not end themselves, be it that they were interrupted. What even this cannot end expires by itself. */
async function sweep(target: SmokeTarget): Promise<void> {
  await using api = new BbbApi(target, { clock: systemClock });
  const host = new ApiMeetingHost(api);
  const limit = AbortSignal.timeout(SWEEP_LIMIT_MS);
  try {
    for (const meetingId of await host.ours(target.runId, limit)) await host.end(meetingId, limit);
  } catch (error) {
    console.error(`meetings of the smoke suite may be left on the target; they end by themselves within minutes, or by \`firstbell cleanup --url …\`: ${messageOf(error)}`);
  }
}

/** Playwright prints messages only. */
function said(error: unknown): unknown {
  return error instanceof HarnessError && error.hint !== undefined ? new Error(`${error.message}\nhelp: ${error.hint}`) : error;
}
