import { readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { BbbApi } from '../../bbb/api.js';
import { codeOf, HarnessError, messageOf } from '../../core/errors.js';
import { ApiMeetingHost } from '../../fleet/meetings.js';
import type { RunMeta } from '../../metrics/events.js';
import { readRunMeta } from '../../report/read-run-folder.js';
import { RUN_FILES } from '../../report/run-data.js';
import { cleanup, type CleanedMeeting } from '../../run/cleanup.js';
import { openMeetings, readLedger, type LedgerEntry } from '../../run/ledger.js';
import { STEPS_DIR } from '../capacity-state.js';
import type { Command } from '../command.js';
import { requireNoOwner } from '../folder-owner.js';
import { listenForInterrupts } from '../interrupts.js';
import type { Io } from '../io.js';
import { oneText, textList } from '../options.js';
import { namedTarget } from '../site-config.js';
import { siteOptions, type SiteArgs } from '../target-options.js';
import { secretFrom } from '../target.js';

export interface CleanupArgs extends SiteArgs {
  readonly dirs: readonly string[];
  readonly reports: string;
  readonly url: string | undefined;
  readonly secretEnv: string | undefined;
  readonly json: boolean;
}

interface Job {
  readonly dir: string;
  readonly meta: RunMeta;
}

export const command: Command<CleanupArgs> = {
  usage: 'cleanup [dirs..]',
  describe: 'Ends the meetings that runs have left behind: those that their ledgers have open, and those that carry their tag on the target. Doing it again is harmless; runs that go on in another process of this machine are left alone. Without folders it looks at every run folder, those of the steps of capacity searches too.',
  examples: [
    { line: 'firstbell cleanup', about: 'After any run that was killed' },
    { line: 'firstbell cleanup reports/latest', about: 'One run; the shared secret is read from the variable that the run used' },
    { line: 'firstbell cleanup --url https://bbb.example.org/bigbluebutton/api', about: 'Everything that Firstbell has on a target, when the run folders are lost; runs that go on lose their meetings, too' },
  ],
  options: (yargs: Argv) =>
    siteOptions(yargs)
      .positional('dirs', { coerce: textList, default: [], describe: 'Run folders, or folders of capacity searches' })
      .option('reports', { coerce: oneText, default: 'reports', describe: 'Folder of the run folders' })
      .option('url', { coerce: oneText, describe: 'API URL: end what any run has there, whoever started it; --target does so by a name' })
      .option('secret-env', { coerce: oneText, describe: 'Environment variable with the shared secret' })
      .option('json', { type: 'boolean', default: false, describe: 'Print { "meetings": [...], "problems": [...] } on stdout' }),
  run: async (args, io) => {
    using interrupts = listenForInterrupts(io);
    const all = (await namedTarget(io, args)) ?? (args.url === undefined ? undefined : { url: args.url, secretEnv: args.secretEnv ?? 'BBB_SECRET' });
    const { cleaned, problems } = all === undefined ? await cleanRuns(io, args, interrupts.stop) : { cleaned: await cleanTarget(io, all.url, all.secretEnv, interrupts.stop), problems: [] };
    if (args.json) io.out(`${JSON.stringify({ meetings: cleaned, problems })}\n`);
    else {
      for (const { meetingId, ended, message } of cleaned) io.out(`${ended ? 'ended' : 'NOT ENDED'}  ${meetingId}${message === undefined ? '' : `  ${message}`}\n`);
      const open = cleaned.filter((meeting) => !meeting.ended).length;
      io.out(cleaned.length === 0 ? (problems.length === 0 ? 'Nothing was left behind.\n' : '') : `${cleaned.length - open} of ${cleaned.length} meetings ended.\n`);
    }
    return problems.length === 0 && cleaned.every((meeting) => meeting.ended) ? 0 : 4;
  },
};

/** A run of which not everything could be looked at. */
interface Problem {
  readonly dir: string;
  readonly code: string;
  readonly message: string;
}

/** A target that is gone, or whose secret is not here, is no reason to leave meetings of other runs open. */
async function cleanRuns(io: Io, args: CleanupArgs, signal: AbortSignal): Promise<{ readonly cleaned: readonly CleanedMeeting[]; readonly problems: readonly Problem[] }> {
  const cleaned: CleanedMeeting[] = [];
  const problems: Problem[] = [];
  const tell = (dir: string, error: unknown): void => io.err(`${relative(io.cwd, dir)}: ${messageOf(error)}${error instanceof HarnessError && error.hint !== undefined ? ` (${error.hint})` : ''}\n`);
  const onProblem: OnProblem = (dir, error) => {
    problems.push({ dir: relative(io.cwd, dir), code: codeOf(error), message: messageOf(error) });
    tell(dir, error);
  };
  for (const { dir, meta } of await jobsOf(io, args, onProblem)) {
    const path = join(dir, RUN_FILES.ledger);
    const { entries, lost } = await lookIn(path);
    if (lost === undefined && openMeetings(entries).length === 0 && args.dirs.length === 0) continue;
    if (meta.target.kind === 'simulator') {
      if (openMeetings(entries).length > 0) io.err(`${relative(io.cwd, dir)}: ran on its own simulator, which has ended with the run and its meetings with it\n`);
      continue;
    }
    // What carries the run's tag is ended all the same.
    if (lost !== undefined) onProblem(dir, unread(lost));
    const onUnasked = (error: unknown): void => {
      if (signal.aborted) throw error;
      // A run that goes on has left nothing behind; only who named it asked for more than can be done.
      if (codeOf(error) !== 'RUN_ACTIVE' || args.dirs.length > 0) onProblem(dir, error);
      else tell(dir, error);
    };
    try {
      await requireNoOwner(dir);
      const secret = secretFrom(io, args.secretEnv ?? meta.target.secretEnv ?? 'BBB_SECRET');
      await using api = new BbbApi({ url: meta.target.url, secret }, { clock: io.clock });
      cleaned.push(...(await cleanup({ host: new ApiMeetingHost(api), ledgers: entries.length > 0 ? [path] : [], runIds: [meta.run], onUnasked, clock: io.clock, signal })));
    } catch (error) {
      if (codeOf(error) === 'INTERNAL') throw error;
      onUnasked(error);
    }
  }
  return { cleaned, problems };
}

type OnProblem = (dir: string, error: unknown) => void;

/** What a ledger says; one that is not there says nothing, of one that cannot be read `lost` is why. */
async function lookIn(path: string): Promise<{ readonly entries: readonly LedgerEntry[]; readonly lost?: unknown }> {
  try {
    return { entries: await readLedger(path) };
  } catch (error) {
    return error instanceof HarnessError && isMissing(error.cause) ? { entries: [] } : { entries: [], lost: error };
  }
}

function unread(error: unknown): HarnessError {
  return new HarnessError('FILE_UNREADABLE', messageOf(error), { cause: error, hint: 'its meetings may still be open: `firstbell cleanup --url URL` ends what any run has on a target' });
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function cleanTarget(io: Io, url: string, secretEnv: string, signal: AbortSignal): Promise<readonly CleanedMeeting[]> {
  await using api = new BbbApi({ url, secret: secretFrom(io, secretEnv) }, { clock: io.clock });
  const host = new ApiMeetingHost(api);
  const runIds = [...new Set((await host.oursAnyRun(signal)).map(({ runId }) => runId))];
  // Awaited here: the API is closed on the way out.
  return await cleanup({ host, ledgers: [], runIds, clock: io.clock, signal });
}

/** The run folders named, or all below the reports folder; others there are passed over. */
async function jobsOf(io: Io, args: CleanupArgs, onProblem: OnProblem): Promise<readonly Job[]> {
  if (args.dirs.length > 0) return (await Promise.all(args.dirs.map((name) => jobsIn(resolve(io.cwd, name), onProblem)))).flat();
  const base = resolve(io.cwd, args.reports);
  const names = await foldersIn(base).catch((error: unknown) => {
    throw new HarnessError('FILE_UNREADABLE', `cannot read the folder ${args.reports}`, { hint: 'name run folders, or give --reports', cause: error });
  });
  return jobsBelow(base, names, onProblem);
}

/** A run, or the steps of a search. Throws FILE_UNREADABLE for any other folder. */
async function jobsIn(dir: string, onProblem: OnProblem): Promise<readonly Job[]> {
  const steps = join(dir, STEPS_DIR);
  const names = await foldersIn(steps).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw new HarnessError('FILE_UNREADABLE', `cannot read the folder ${steps}: ${messageOf(error)}`, { cause: error });
  });
  if (names.length > 0) return jobsBelow(steps, names, onProblem);
  return [{ dir, meta: await readRunMeta(dir) }];
}

/** Without those that are no run's, and those of which nothing was left. */
async function jobsBelow(base: string, names: readonly string[], onProblem: OnProblem): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  for (const name of names) {
    const dir = join(base, name);
    try {
      jobs.push(...(await jobsIn(dir, onProblem)));
    } catch (error) {
      if (codeOf(error) !== 'FILE_UNREADABLE') throw error;
      const { entries, lost } = await lookIn(join(dir, RUN_FILES.ledger));
      if (lost !== undefined || openMeetings(entries).length > 0) onProblem(dir, unread(error));
    }
  }
  return jobs;
}

/** Names, sorted; not the link to the latest. */
async function foldersIn(dir: string): Promise<string[]> {
  return (await readdir(dir, { withFileTypes: true })).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}
