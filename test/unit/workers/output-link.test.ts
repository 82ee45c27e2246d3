import { expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/log.js';
import { OutputLink } from '../../../src/workers/output-link.js';
import { MemoryBus } from '../../fakes/memory-bus.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

it('sends the pictures that events name: of failed users and of failed steps', async () => {
  const bus = new MemoryBus().run('r');
  const said: { readonly type: string; readonly seq?: number; readonly jpeg?: string }[] = [];
  bus.append = (_id, text) => Promise.resolve(void said.push(JSON.parse(text) as (typeof said)[number]));
  const link = new OutputLink({ bus, clock: new VirtualClock(), logger: silentLogger, worker: 'one', seat: 0, evidence: (path) => Promise.resolve(Buffer.from(path)) });
  link.event({ type: 'step-failed', atMs: 1, seq: 3, step: 'chat', code: 'STEP_FAILED', message: 'not sent', screenshot: 'evidence/user-3.jpg' });
  link.event({ type: 'step-failed', atMs: 2, seq: 3, step: 'chat', code: 'STEP_FAILED', message: 'not sent' });
  link.event({ type: 'user-ended', atMs: 3, seq: 4, outcome: 'lost', code: 'KICKED', screenshot: 'evidence/user-4.jpg' });
  await link.finish({} as Parameters<OutputLink['finish']>[0]);
  const pictures = said.filter(({ type }) => type === 'evidence').map(({ seq, jpeg }) => [seq, Buffer.from(jpeg ?? '', 'base64').toString()]);
  expect(pictures).toEqual([
    [3, 'evidence/user-3.jpg'],
    [4, 'evidence/user-4.jpg'],
  ]);
});
