import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askLine, inert, secretVariables } from '../../../src/cli/io.js';
import { HarnessError } from '../../../src/core/errors.js';

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

describe('a question on the terminal', () => {
  function scene() {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const stop = new AbortController();
    const asked = new Promise<void>((resolve) => output.once('data', () => resolve()));
    return { input, stop, asked, answer: askLine({ input, output }, 'Which host? ', stop.signal) };
  }

  it('is answered by a line', async () => {
    const { input, asked, answer } = scene();
    await asked;
    input.write('bbb.example.org\r');
    expect(await answer).toBe('bbb.example.org');
  });

  it.each<[string, (of: ReturnType<typeof scene>) => void]>([
    ['Ctrl-C', ({ input }) => input.write('\u0003')],
    ['Ctrl-D', ({ input }) => input.write('\u0004')],
    ['a terminal that has gone', ({ input }) => input.end()],
    ['a signal to the process', ({ stop }) => stop.abort(new HarnessError('STOPPED', 'stopped by the user'))],
  ])('is given up at %s', async (_what, give) => {
    const of = scene();
    await of.asked;
    give(of);
    await expect(of.answer).rejects.toMatchObject({ code: 'STOPPED', message: 'stopped by the user' });
  });
});

describe('variables that are secrets by their names', () => {
  it('are found', () => {
    expect(secretVariables({ BBB_SECRET: 'x', NATS_TOKEN: 'x', NATS_PASSWORD: 'x', SLACK_API_KEY: 'x', PATH: '/bin', HOME: '/' })).toEqual(['BBB_SECRET', 'NATS_TOKEN', 'NATS_PASSWORD', 'SLACK_API_KEY']);
  });
});
