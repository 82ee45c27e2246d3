import type { Argv } from 'yargs';
import { oneText, textList } from './options.js';

/** Options of every command that sends load to a target. */
export interface LoadArgs {
  readonly url: string | undefined;
  readonly secretEnv: string | undefined;
  readonly fault: readonly string[];
  readonly reports: string;
  readonly allowForeignMeetings: boolean;
  readonly target: string | undefined;
  readonly config: string | undefined;
  readonly iAmAllowedToTest: readonly string[];
  readonly confirm: string | undefined;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** `json`: what is printed with --json. */
export function loadOptions(yargs: Argv, { json }: { readonly json: string }): Argv {
  return yargs
    .option('url', { coerce: oneText, describe: 'API URL of the target; wins over the scenario' })
    .option('secret-env', { coerce: oneText, describe: 'Environment variable with the shared secret (default: as the scenario says, else BBB_SECRET)' })
    .option('fault', { coerce: textList, default: [], describe: 'Fault of the embedded simulator, repeatable; see `firstbell sim --help`' })
    .option('reports', { coerce: oneText, default: 'reports', describe: 'Folder for results' })
    .option('allow-foreign-meetings', { type: 'boolean', default: false, describe: 'Run although meetings of others are on the target' })
    .option('target', { coerce: oneText, describe: 'Target by its name in the site’s file (docs/safety.md); wins over the scenario' })
    .option('config', { coerce: oneText, describe: 'The site’s file; default: FIRSTBELL_CONFIG, else firstbell.config.yaml here' })
    .option('i-am-allowed-to-test', { coerce: textList, default: [], describe: 'Host that may be tested, repeatable: needed for any machine but this one that the site’s file does not name, where nobody is there to ask' })
    .option('confirm', { coerce: oneText, describe: 'Phrase of the target, where the site’s file asks for one' })
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'No progress' })
    .option('json', { type: 'boolean', default: false, describe: `Print ${json} as JSON on stdout` });
}
