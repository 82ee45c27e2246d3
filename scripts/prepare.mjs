// Runs after `npm ci` and `npm install`: builds, and puts `firstbell` where `npx firstbell` looks for it.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import './build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
if (existsSync(join(root, 'node_modules')) && process.platform !== 'win32') {
  mkdirSync(bin, { recursive: true });
  rmSync(join(bin, 'firstbell'), { force: true });
  symlinkSync('../../bin/firstbell.js', join(bin, 'firstbell'));
}
