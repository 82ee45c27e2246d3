import type { Argv } from 'yargs';
import { oneText, textList } from './options.js';

/** Options by which a command knows a target of the site's file. */
export interface SiteArgs {
  readonly config: string | undefined;
  readonly target: string | undefined;
}

/** Options of every command that has to ask whether a machine may be tested. */
export interface PermissionArgs {
  readonly config: string | undefined;
  readonly iAmAllowedToTest: readonly string[];
  readonly confirm: string | undefined;
}

/** Options of every command that sends load to a target. */
export interface LoadArgs extends PermissionArgs, SiteArgs {
  readonly url: string | undefined;
  readonly secretEnv: string | undefined;
  readonly fault: readonly string[];
  readonly reports: string;
  readonly allowForeignMeetings: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

const configOption = <T>(yargs: Argv<T>) => yargs.option('config', { coerce: oneText, describe: 'The site’s file (docs/safety.md); default: FIRSTBELL_CONFIG, else firstbell.config.yaml here' });

export const targetOption = <T>(yargs: Argv<T>) => yargs.option('target', { coerce: oneText, describe: 'Target by its name in the site’s file (docs/safety.md); wins over the scenario' });

export const siteOptions = <T>(yargs: Argv<T>) => configOption(targetOption(yargs));

export const permissionOptions = <T>(yargs: Argv<T>) =>
  configOption(yargs)
    .option('i-am-allowed-to-test', { coerce: textList, default: [], describe: 'Host that you are allowed to test, repeatable. Needed for any machine but this one, unless the site’s file names it or somebody at the terminal types its name' })
    .option('confirm', { coerce: oneText, describe: 'Phrase of the target, where the site’s file asks for one' });

/** `json`: what is printed with --json. */
export function loadOptions(yargs: Argv, { json }: { readonly json: string }): Argv {
  const withTarget = targetOption(
    yargs
      .option('url', { coerce: oneText, describe: 'API URL of the target; wins over the scenario' })
      .option('secret-env', { coerce: oneText, describe: 'Environment variable with the shared secret (default: as the scenario says, else BBB_SECRET)' })
      .option('fault', { coerce: textList, default: [], describe: 'Fault of the embedded simulator, repeatable; see `firstbell sim --help`' })
      .option('reports', { coerce: oneText, default: 'reports', describe: 'Folder for results' })
      .option('allow-foreign-meetings', { type: 'boolean', default: false, describe: 'Run although meetings of others are on the target' }),
  );
  return permissionOptions(withTarget)
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'No progress' })
    .option('json', { type: 'boolean', default: false, describe: `Print ${json} as JSON on stdout` });
}
