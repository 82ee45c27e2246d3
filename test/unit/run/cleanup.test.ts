import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HarnessError } from '../../../src/core/errors.js';
import { cleanup } from '../../../src/run/cleanup.js';
import { openMeetings, readLedger } from '../../../src/run/ledger.js';
import { FakeMeetingHost, type FakeHostScript } from '../../fakes/fake-meeting-host.js';
import { VirtualClock } from '../../fakes/virtual-clock.js';

let dir: string;
let ledger: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'firstbell-cleanup-'));
  ledger = join(dir, 'ledger.jsonl');
});
afterEach(() => rm(dir, { recursive: true }));

const line = (type: string, index: number): string => `${JSON.stringify({ type, run: 'r1', meetingId: `firstbell-r1-${index}`, wallMs: 1 })}\n`;
const { signal } = new AbortController();

/** A target on which meetings 0 and 1 of run r1 are left; the ledger knows of 0 and of 2, which is gone. */
async function left(script: FakeHostScript = {}): Promise<FakeMeetingHost> {
  const host = new FakeMeetingHost(new VirtualClock(), script);
  host.open.set('firstbell-r1-0', 'r1').set('firstbell-r1-1', 'r1');
  await writeFile(ledger, line('intent', 0) + line('created', 0) + line('intent', 2) + line('intent', 3) + line('created', 3) + line('ended', 3));
  return host;
}

describe('cleanup', () => {
  it('ends what the ledger has open and what carries the tag, and nothing twice', async () => {
    const host = await left();
    const options = { host, ledgers: [ledger], runIds: [], clock: new VirtualClock(), signal };
    expect(await cleanup(options)).toEqual([
      { run: 'r1', meetingId: 'firstbell-r1-0', from: 'ledger', ended: true },
      { run: 'r1', meetingId: 'firstbell-r1-2', from: 'ledger', ended: true },
      { run: 'r1', meetingId: 'firstbell-r1-1', from: 'tag', ended: true },
    ]);
    expect(host.open.size).toBe(0);
    expect(openMeetings(await readLedger(ledger))).toEqual([]);
    expect(await cleanup(options)).toEqual([]);
  });

  it('finds the meetings of a run whose folder is lost by their tag', async () => {
    const host = await left();
    const cleaned = await cleanup({ host, ledgers: [], runIds: ['r1'], clock: new VirtualClock(), signal });
    expect(cleaned.map(({ meetingId, ended }) => [meetingId, ended])).toEqual([
      ['firstbell-r1-0', true],
      ['firstbell-r1-1', true],
    ]);
  });

  it('ends what the ledger has although the target does not list its meetings', async () => {
    const host = await left();
    host.ours = () => Promise.reject(new HarnessError('TARGET_TIMEOUT', 'no list'));
    const unasked: unknown[] = [];
    const cleaned = await cleanup({ host, ledgers: [ledger], runIds: [], onUnasked: (error) => unasked.push(error), clock: new VirtualClock(), signal });
    expect(cleaned.map(({ meetingId, ended }) => [meetingId, ended])).toEqual([['firstbell-r1-0', true], ['firstbell-r1-2', true]]);
    expect(unasked).toMatchObject([{ code: 'TARGET_TIMEOUT' }]);
    expect([...host.open.keys()]).toEqual(['firstbell-r1-1']);
  });

  it('reports what it could not end, ends the others, and tries again the next time', async () => {
    const host = await left({ failEnd: (meetingId, call) => (meetingId.endsWith('-0') && call === 1 ? 'TARGET_HTTP_STATUS' : undefined) });
    const options = { host, ledgers: [ledger], runIds: [], clock: new VirtualClock(), signal };
    const first = await cleanup(options);
    expect(first.filter((meeting) => !meeting.ended)).toEqual([{ run: 'r1', meetingId: 'firstbell-r1-0', from: 'ledger', ended: false, code: 'TARGET_HTTP_STATUS', message: 'end of firstbell-r1-0 fails as the script says' }]);
    expect([...host.open.keys()]).toEqual(['firstbell-r1-0']);
    expect(await cleanup(options)).toEqual([{ run: 'r1', meetingId: 'firstbell-r1-0', from: 'ledger', ended: true }]);
  });

  it('does not end a meeting whose id is not of ours, whatever its tag says', async () => {
    const host = await left();
    host.open.set('staff-meeting', 'r1');
    await cleanup({ host, ledgers: [ledger], runIds: ['r1'], clock: new VirtualClock(), signal });
    expect([...host.open.keys()]).toEqual(['staff-meeting']);
  });

  it('says so when a ledger cannot be read', async () => {
    const host = await left();
    await expect(cleanup({ host, ledgers: [join(dir, 'none.jsonl')], runIds: [], clock: new VirtualClock(), signal })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
