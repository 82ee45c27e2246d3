import { expect, it } from 'vitest';
import { quoted } from '../../../src/core/shell.js';

it.each([
  ['scenarios/first-bell.yaml', 'scenarios/first-bell.yaml'],
  ['https://bbb.example/api?a=1&b=2', "'https://bbb.example/api?a=1&b=2'"],
  ["Ann's school.yaml", "'Ann'\\''s school.yaml'"],
  ['', "''"],
])('%s is %s to a shell', (text, word) => expect(quoted(text)).toBe(word));
