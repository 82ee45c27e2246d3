import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/main.js';
import { connectNats } from '../../src/workers/nats-bus.js';
import { hasNats, startNats, type NatsProcess } from '../fakes/nats.js';
import { memoryIo } from '../fakes/memory-io.js';

/** How the command of a worker ends, with a real broker: a job of a cluster knows nothing but its exit code. */
describe.skipIf(!hasNats)('firstbell worker', () => {
  let nats: NatsProcess;

  beforeAll(async () => {
    nats = await startNats();
  }, 60_000);

  afterAll(() => nats.stop());

  it.each([['--runs', '1'], ['--idle-after', '600']])('with %s ends with the reason and its exit code when it lacks the secret', async (...end) => {
    const run = `lacking${end[0]!.replaceAll('-', '_')}`;
    const over = new AbortController();
    await using bus = await connectNats({ servers: [nats.url], name: 'coordinator' });
    const state = bus.run(run);
    await state.put('job', JSON.stringify({ schema: 1, run, scenarioText: '', planHash: 'h', target: { kind: 'bbb', url: 'https://bbb.example.org/bigbluebutton/api', secretEnv: 'BBB_SECRET' }, intervalMs: 1_000, ownWire: false }));
    state.serve('claim', () => JSON.stringify({ answer: 'yours' }), over.signal);
    state.serve('clock', () => JSON.stringify({ wallMs: 0 }), over.signal);
    const refused = new Promise((resolve) => state.serve('refuse', (text) => (resolve(JSON.parse(text)), '{}'), over.signal));
    await bus.offer('any', `${run}_0`, JSON.stringify({ run, seat: 0 }));
    const io = memoryIo({ env: { NATS_URL: nats.url } });
    expect(await runCli(['worker', ...end], io)).toBe(2);
    expect(await refused).toMatchObject({ code: 'SECRET_MISSING' });
    expect(io.stderr()).toMatch(/^error SECRET_MISSING: .*BBB_SECRET.*\n {2}help: /m);
    over.abort();
    await bus.withdraw(`${run}_0`);
    await state.forget();
  });

  it.each([
    ['waits for the next run', [], 0],
    ['has a run to serve', ['--runs', '1'], 130],
    ['has runs to serve', ['--idle-after', '600'], 130],
  ])('that %s ends after Ctrl-C as it should', async (_what, end, code) => {
    const io = memoryIo({ env: { NATS_URL: nats.url } });
    const ended = runCli(['worker', ...end], io);
    while (!io.stderr().includes('waits for runs')) await new Promise((resolve) => setImmediate(resolve));
    expect(io.stderr()).toMatch(/^Worker \S+ waits for runs \(any\) with weight \d+ \(the built-in figure for .*\); Ctrl-C ends it\n/);
    io.interrupt();
    expect(await ended).toBe(code);
  });
});
