import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EvidenceKeeper } from '../../../src/cli/evidence-keeper.js';

const jpeg = (bytes: number): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(bytes - 3)]);
let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'firstbell-keeper-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('keeps one picture a user, so many as there may be', async () => {
  const keeper = new EvidenceKeeper(dir, 2);
  for (const seq of [3, 3, 7, 9]) keeper.keep(seq, jpeg(100));
  await keeper.flush();
  expect(readdirSync(dir).sort()).toEqual(['user-3.jpg', 'user-7.jpg']);
});

it('keeps nothing that is no JPEG, and no more bytes than the disk is to hold', async () => {
  const keeper = new EvidenceKeeper(dir, 100);
  keeper.keep(1, Buffer.from('<script>'));
  for (let seq = 2; seq < 6; seq++) keeper.keep(seq, jpeg(15_000_000));
  await keeper.flush();
  expect(readdirSync(dir)).toHaveLength(3);
});
