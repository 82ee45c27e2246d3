import type { Argv } from 'yargs';
import { diffProfiles, renderWireDiff, sameWire } from '../../native/wire-diff.js';
import type { Command } from '../command.js';
import { oneText } from '../options.js';
import { readWireFile, RECORDED, WRITTEN_4 } from '../wire-file.js';

export interface WireDiffArgs {
  readonly before: string;
  readonly after: string;
  readonly exitCode: boolean;
  readonly json: boolean;
}

export const command: Command<WireDiffArgs> = {
  usage: 'wire-diff <before> <after>',
  describe: 'Says what changed on the wire between two profiles, e.g. by an upgrade: GraphQL operations and their fields, frames of the join and their variables, frames of the SFU.',
  examples: [
    { line: 'firstbell wire-diff wire-3.0.19.json wire-3.0.20.json', about: 'Before and after an upgrade' },
    { line: `firstbell wire-diff ${RECORDED} ${WRITTEN_4}`, about: 'What 4.0 changes, as far as its sources say' },
    { line: `firstbell wire-diff ${RECORDED} wire.json --json`, about: 'Against the built-in profile (BBB 3.0.19), as JSON' },
  ],
  options: (yargs: Argv) =>
    yargs
      .positional('before', { type: 'string', coerce: oneText, demandOption: true, describe: `Wire profile, or "${RECORDED}" (3.0.19), or "${WRITTEN_4}"` })
      .positional('after', { type: 'string', coerce: oneText, demandOption: true, describe: `Wire profile, or "${RECORDED}" (3.0.19), or "${WRITTEN_4}"` })
      .option('exit-code', { type: 'boolean', default: false, describe: 'Exit with 3 if anything differs' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the differences as JSON on stdout' }),
  run: async (args, io) => {
    const [before, after] = [await readWireFile(io, args.before), await readWireFile(io, args.after)];
    const diff = diffProfiles(before.profile, after.profile);
    if (args.json) io.out(`${JSON.stringify(diff)}\n`);
    else io.out(renderWireDiff(diff, { before: before.text, after: after.text }));
    return args.exitCode && !sameWire(diff) ? 3 : 0;
  },
};
