import { describe, expect, it } from 'vitest';
import { inert, secretVariables } from '../../../src/cli/io.js';

describe('what is printed', () => {
  it.each([
    ['colours and line ends', '\u001b[1;31merror\u001b[0m: a\n\tb', '\u001b[1;31merror\u001b[0m: a\n\tb'],
    ['a cleared screen', 'a\u001b[2Jb', 'a[2Jb'],
    ['a new title of the window', '\u001b]0;owned\u0007x', ']0;ownedx'],
    ['a line that writes over itself', 'held\rbroken', 'heldbroken'],
    ['controls of eight bits', 'a\u009b2Jb', 'a2Jb'],
    ['text that runs backwards', 'abc\u202etxt.exe', 'abctxt.exe'],
  ])('keeps or loses %s', (_what, text, printed) => {
    expect(inert(text)).toBe(printed);
  });
});

describe('variables that are secrets by their names', () => {
  it('are found', () => {
    expect(secretVariables({ BBB_SECRET: 'x', NATS_TOKEN: 'x', NATS_PASSWORD: 'x', SLACK_API_KEY: 'x', PATH: '/bin', HOME: '/' })).toEqual(['BBB_SECRET', 'NATS_TOKEN', 'NATS_PASSWORD', 'SLACK_API_KEY']);
  });
});
