import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { meetingIdOf, openLedger, openMeetings, readLedger, type LedgerEntry } from '../../../src/run/ledger.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'firstbell-ledger-'));
  path = join(dir, 'ledger.jsonl');
});
afterEach(() => rm(dir, { recursive: true }));

const entry = (type: LedgerEntry['type'], index: number): LedgerEntry => ({ type, run: 'r1', meetingId: meetingIdOf('r1', index), wallMs: 1_700_000_000_000 });

describe('the ledger', () => {
  it('gives back what was written, in order, whoever waited', async () => {
    const entries = Array.from({ length: 50 }, (_, index) => entry(index % 2 === 0 ? 'intent' : 'created', index));
    {
      await using ledger = await openLedger(path);
      await Promise.all(entries.map((one) => ledger.write(one)));
    }
    expect(await readLedger(path)).toEqual(entries);
  });

  it('has an intent in the file when the write has resolved', async () => {
    await using ledger = await openLedger(path);
    await ledger.write(entry('intent', 0));
    expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(entry('intent', 0))}\n`);
  });

  it('is read up to a line that a kill has torn, and goes on behind it', async () => {
    await writeFile(path, `${JSON.stringify(entry('intent', 0))}\n{"type":"created","run":"r1","meet`);
    expect(await readLedger(path)).toEqual([entry('intent', 0)]);
    {
      await using ledger = await openLedger(path);
      await ledger.write(entry('ended', 0));
    }
    expect(await readLedger(path)).toEqual([entry('intent', 0), entry('ended', 0)]);
  });

  it('leaves out lines that are none of ours', async () => {
    const strange = ['null', '42', '[]', '"x"', '{"type":"created"}', JSON.stringify({ ...entry('intent', 1), meetingId: 'staff-meeting' }), JSON.stringify({ ...entry('intent', 1), type: 'deleted' }), JSON.stringify({ ...entry('intent', 1), run: 7 }), JSON.stringify({ ...entry('intent', 1), meetingId: `firstbell-${'x'.repeat(300)}` })];
    await appendFile(path, `${strange.join('\n')}\n${JSON.stringify(entry('intent', 2))}\n`);
    expect(await readLedger(path)).toEqual([entry('intent', 2)]);
  });

  it('says which file it cannot read or write', async () => {
    await expect(readLedger(path)).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining(path) });
    await expect(openLedger(join(dir, 'missing', 'ledger.jsonl'))).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });

  it('refuses to write when it is closed, so that no meeting is created without it', async () => {
    const ledger = await openLedger(path);
    await ledger[Symbol.asyncDispose]();
    await expect(ledger.write(entry('intent', 0))).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });
});

describe('meetings that are open by the ledger', () => {
  it('are those intended and not ended, each once', () => {
    const entries = [entry('intent', 0), entry('created', 0), entry('intent', 1), entry('intent', 2), entry('created', 2), entry('ended', 2), entry('created', 0)];
    expect(openMeetings(entries)).toEqual([
      { run: 'r1', meetingId: 'firstbell-r1-0' },
      { run: 'r1', meetingId: 'firstbell-r1-1' },
    ]);
  });

  it('are none when the end was written before the creation', () => {
    expect(openMeetings([entry('intent', 0), entry('ended', 0), entry('created', 0)])).toEqual([]);
  });
});
