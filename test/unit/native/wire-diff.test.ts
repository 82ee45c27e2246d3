import { describe, expect, it } from 'vitest';
import { diffProfiles, renderWireDiff, sameWire } from '../../../src/native/wire-diff.js';
import { parseProfile, RECORDED_PROFILE, type WireProfile } from '../../../src/native/wire-profile.js';
import { memoryIo } from '../../fakes/memory-io.js';
import { runCli } from '../../../src/cli/main.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const subscription = (operationName: string, fields: string): WireProfile['operations'][number] => ({ operationName, kind: 'subscription', rootField: 'user', query: `subscription ${operationName} {\n  user {\n    ${fields}\n  }\n}` });
const step = (start: string, variables: Readonly<Record<string, unknown>> = {}): WireProfile['join'][number] => ({ start, gapMs: 5, variables });

const BEFORE: WireProfile = parseProfile({
  schema: 2,
  bbb: '3.0.19',
  source: 'a test',
  operations: [subscription('Users', 'userId name voice { muted }'), subscription('Old', 'userId'), subscription('Same', 'userId')],
  join: [step('Users', { limit: 50, filter: { name: 'a' } }), step('Old'), step('Same', { at: { $now: 'iso' } })],
  sfu: [{ dir: 'sent', id: 'start', type: 'audio', role: 'sendrecv', fields: { clientSessionNumber: 'number', extension: 'null' } }, { dir: 'sent', id: 'dtmf', type: 'audio', role: '', fields: {} }],
});
const AFTER: WireProfile = parseProfile({
  schema: 2,
  bbb: '3.0.20',
  source: 'a test',
  operations: [subscription('Users', 'userId voice { muted deafened }'), { ...subscription('Same', 'userId'), query: 'subscription Same { user { userId } }' }, subscription('New', 'userId')],
  join: [step('New'), step('Users', { limit: 50, filter: { role: 'b' } }), step('Same', { at: '2026-01-01' })],
  sfu: [{ dir: 'sent', id: 'start', type: 'audio', role: 'sendrecv', fields: { clientSessionNumber: 'string', muted: 'boolean' } }],
});

describe('the difference of two wire profiles', () => {
  it('names operations and their fields, frames and their variables, SFU frames and theirs', () => {
    expect(diffProfiles(BEFORE, AFTER)).toEqual({
      from: '3.0.19',
      to: '3.0.20',
      operations: { gone: ['Old'], added: ['New'], changed: [{ operationName: 'Users', fieldsGone: ['user.name'], fieldsAdded: ['user.voice.deafened'], otherwise: false }] },
      join: {
        before: 3,
        after: 3,
        changes: [
          { change: 'added', at: 1, frame: 'New' },
          { change: 'variables', at: 2, frame: 'Users', variablesGone: ['filter.name'], variablesAdded: ['filter.role'] },
          { change: 'gone', at: 2, frame: 'Old' },
        ],
      },
      sfu: { gone: ['sent audio dtmf'], added: [], changed: [{ frame: 'sent audio start sendrecv', fieldsGone: ['extension'], fieldsAdded: ['muted'], values: ['clientSessionNumber: number → string'] }] },
    });
  });

  it('is none between a profile and itself, nor for white space, nor for another value at the same place', () => {
    expect(sameWire(diffProfiles(BEFORE, BEFORE))).toBe(true);
    expect(sameWire(diffProfiles(RECORDED_PROFILE, RECORDED_PROFILE))).toBe(true);
    expect(renderWireDiff(diffProfiles(BEFORE, BEFORE), { before: '', after: '' })).toBe('The wire of 3.0.19 and 3.0.19 is the same.\n');
  });

  it('says that the SFU was not compared when one of them knows nothing of it', () => {
    const { sfu: _sfu, ...silent } = AFTER;
    const diff = diffProfiles(BEFORE, silent);
    expect(diff.sfu).toBeUndefined();
    expect(renderWireDiff(diff, { before: '', after: '' })).toContain('The SFU was not compared');
  });

  it('tells arguments from fields', () => {
    const query = 'subscription Same { user(limit: 5) { userId } }';
    const other = { ...BEFORE, operations: BEFORE.operations.map((one) => (one.operationName === 'Same' ? { ...one, query } : one)) };
    expect(diffProfiles(BEFORE, other).operations.changed).toEqual([{ operationName: 'Same', fieldsGone: [], fieldsAdded: [], otherwise: true }]);
  });

  it('does not fail on a query that is none', () => {
    const other = { ...BEFORE, operations: BEFORE.operations.map((one) => (one.operationName === 'Same' ? { ...one, query: 'subscription {{{' } : one)) };
    expect(diffProfiles(BEFORE, other).operations.changed[0]!.fieldsAdded[0]).toContain('unreadable');
  });
});

describe('firstbell wire-diff', () => {
  const dir = mkdtempSync(join(tmpdir(), 'firstbell-wire-'));
  const write = (name: string, content: string): void => writeFileSync(join(dir, name), content);

  it('names changes by the lines of the files, and exits with 3 if asked to', async () => {
    write('a.json', JSON.stringify(BEFORE, undefined, 1));
    write('b.json', JSON.stringify(AFTER, undefined, 1));
    const io = memoryIo({ cwd: dir });
    expect(await runCli(['wire-diff', 'a.json', 'b.json'], io)).toBe(0);
    expect(io.stdout()).toMatch(/- Old \(line \d+\)/);
    expect(io.stdout()).toMatch(/\+ New \(line \d+\)/);
    expect(io.stdout()).toContain('    + user.voice.deafened');
    const strict = memoryIo({ cwd: dir });
    expect(await runCli(['wire-diff', 'a.json', 'b.json', '--exit-code', '--json'], strict)).toBe(3);
    expect(JSON.parse(strict.stdout())).toEqual(diffProfiles(BEFORE, AFTER));
    expect(await runCli(['wire-diff', 'recorded', 'recorded', '--exit-code'], memoryIo({ cwd: dir }))).toBe(0);
  });

  it.each([
    ['a file that is not there', 'none.json', undefined, 'ENOENT'],
    ['a file that is not JSON', 'text.json', 'hello', 'not JSON'],
    ['JSON that is no profile', 'other.json', '{"schema":1}', 'no wire profile'],
    ['a profile that uses what it does not have', 'hole.json', JSON.stringify({ ...BEFORE, join: [step('Nothing')] }), 'Nothing'],
  ])('says what is wrong with %s', async (_what, name, content, words) => {
    if (content !== undefined) write(name, content);
    const io = memoryIo({ cwd: dir });
    expect(await runCli(['wire-diff', 'recorded', name], io)).toBe(2);
    expect(io.stderr()).toContain(words);
  });

  it('leaves nothing', () => rmSync(dir, { recursive: true }));
});
