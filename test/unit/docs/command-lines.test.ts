import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands.js';
import { runCli } from '../../../src/cli/main.js';
import { packageRoot } from '../../../src/core/paths.js';
import { memoryIo } from '../../fakes/memory-io.js';

const filesIn = (folder: string, ending: string): string[] => readdirSync(join(packageRoot(), folder)).filter((name) => name.endsWith(ending)).map((name) => `${folder}/${name}`);
const PAGES = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'deploy/README.md', ...filesIn('docs', '.md'), ...filesIn('scenarios', '.yaml')];

interface Mention {
  readonly command: string;
  /** Without the dashes. */
  readonly options: readonly string[];
}

/** Each `firstbell …` of a page, be it a line of a shell, a part of a pipeline or a word in a sentence. */
function mentionsIn(page: string): readonly Mention[] {
  const text = readFileSync(join(packageRoot(), page), 'utf8').replaceAll(/\\\n\s*/g, ' ');
  return [...text.matchAll(/\bfirstbell ([a-z][a-z-]*)([^\n`|;#]*)/g)].map(([, command, rest]) => ({ command: command!, options: [...rest!.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)].map(([, name]) => name!) }));
}

const helps = new Map<string, string>();
for (const { usage } of COMMANDS) {
  const [name] = usage.split(' ');
  const io = memoryIo();
  await runCli([name!, '--help'], io);
  helps.set(name!, io.stdout());
}

describe('what the pages say of the command line', () => {
  it.each(PAGES.map((page) => [page]))('%s names commands and options that there are', (page) => {
    const unknown = mentionsIn(page).flatMap(({ command, options }) => {
      const help = helps.get(command);
      if (help === undefined) return [`firstbell ${command}`];
      return options.filter((name) => !new RegExp(`--${name}(?![\\w-])`).test(help)).map((name) => `firstbell ${command} --${name}`);
    });
    expect(unknown).toEqual([]);
  });

  it('is found at all', () => {
    const options = PAGES.flatMap((page) => mentionsIn(page)).flatMap((mention) => mention.options);
    expect(options).toEqual(expect.arrayContaining(['i-am-allowed-to-test', 'workers', 'prometheus', 'lang']));
  });
});
