#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('error USAGE: Firstbell is not built yet\n  help: run `npm ci` in its folder (or `npm run demo`, which does that, too)');
  process.exit(2);
}
await (await import(main.href)).main(process.argv.slice(2));
