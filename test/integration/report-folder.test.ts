import { appendFile, mkdir, mkdtemp, open as openFile, readFile, readlink, rm, stat, symlink, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LineFile } from '../../src/report/line-file.js';
import { readLines } from '../../src/report/read-lines.js';
import { readRunFolder } from '../../src/report/read-run-folder.js';
import { RUN_FILES } from '../../src/report/run-data.js';
import { createRunFolder, noteIncomplete, openRunFolder } from '../../src/report/run-folder.js';
import { summarise } from '../../src/report/summarise.js';
import { writeReport } from '../../src/report/write.js';
import { buildRun, writeRun } from '../fakes/run-folder.js';
import { VirtualClock } from '../fakes/virtual-clock.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'firstbell-report-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const run = buildRun();
const HELD = { thresholds: [], verdict: { word: 'held', exitCode: 0, reasons: [] } } as const;
const open = (clock = new VirtualClock()) => createRunFolder({ baseDir: base, meta: run.meta, scenarioText: run.scenarioText, plan: run.plan, clock, secrets: ['topsecret'] });

describe('a run folder', () => {
  it('gives back what a run wrote', async () => {
    const folder = await open();
    for (const event of run.events) folder.event(event);
    for (const snapshot of run.snapshots) folder.snapshot(snapshot);
    await folder.close();
    const read = await readRunFolder(folder.dir);
    expect(read.events).toEqual(run.events);
    expect(read.unreadableLines).toBe(0);
    expect(JSON.parse(JSON.stringify(read.plan))).toEqual(JSON.parse(JSON.stringify(run.plan)));
    expect(JSON.parse(JSON.stringify(read.meta))).toEqual(JSON.parse(JSON.stringify(run.meta)));
    expect(summarise(read, HELD)).toEqual(summarise(run, HELD));
  });

  it('has the files that a killed run needs before anything happens, and is named latest', async () => {
    await using folder = await open();
    expect(JSON.parse(await readFile(join(folder.dir, RUN_FILES.meta), 'utf8'))).toMatchObject({ schema: 1, run: run.meta.run });
    expect(await readFile(join(folder.dir, RUN_FILES.scenario), 'utf8')).toBe(run.scenarioText);
    expect(await readlink(join(base, 'latest'))).toBe(run.meta.run);
  });

  it('is on the disk with its run.json when the run begins, so that a power cut leaves what `cleanup` needs', async () => {
    const file = await openFile(base, 'r');
    const synced: number[] = [];
    const sync = vi.spyOn(Object.getPrototypeOf(file) as FileHandle, 'sync').mockImplementation(async function (this: FileHandle) {
      synced.push((await this.stat()).ino);
    });
    await file.close();
    await using folder = await open();
    sync.mockRestore();
    const inodes = await Promise.all([join(folder.dir, RUN_FILES.meta), folder.dir, base].map(async (path) => (await stat(path)).ino));
    expect(synced).toEqual(expect.arrayContaining(inodes));
  });

  it('puts lines on the disk each second, without being closed', async () => {
    const clock = new VirtualClock();
    const folder = await open(clock);
    folder.event({ type: 'run-started', atMs: 0, wallMs: 5 });
    await clock.advanceTo(1_000);
    // The tick has begun a write; waiting for it is waiting for the disk, not for time.
    await folder.flush();
    expect(await readFile(join(folder.dir, RUN_FILES.events), 'utf8')).toBe('{"type":"run-started","atMs":0,"wallMs":5}\n');
    await folder.close();
  });

  it('keeps secrets out of messages and messages short', async () => {
    const folder = await open();
    folder.event({ type: 'meeting-failed', atMs: 0, meeting: 0, code: 'API_CHECKSUM', message: `topsecret?checksum=abcdef01 ${'x'.repeat(9_000)}` });
    await folder.close();
    const text = await readFile(join(folder.dir, RUN_FILES.events), 'utf8');
    expect(text).not.toMatch(/topsecret|abcdef01/);
    expect(text.length).toBeLessThan(2_200);
  });

  it('does not overwrite a run of the same name', async () => {
    await (await open()).close();
    await expect(open()).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });

  it('closes twice without harm', async () => {
    const folder = await open();
    await folder.close();
    await expect(folder.close()).resolves.toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')('that the disk did not take whole says so in every report made of it', async () => {
    const { dir, close } = await open();
    await close();
    const events = join(dir, RUN_FILES.events);
    await rm(events);
    // Takes nothing: ENOSPC.
    await symlink('/dev/full', events);
    await using folder = await openRunFolder(dir, new VirtualClock());
    for (const event of run.events.slice(0, 3)) folder.event(event);
    const lost: unknown = await folder.close().then(() => undefined, (error: unknown) => error);
    expect(lost).toMatchObject({ code: 'FILE_UNWRITABLE' });
    await rm(events);
    // What is left looks as if everything had held.
    await writeFile(events, run.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await noteIncomplete(dir, run.meta, lost);
    const { verdict, exitCode, reasons } = summarise(await readRunFolder(dir), HELD);
    expect({ verdict, exitCode, reasons }).toEqual({ verdict: 'could-not-run', exitCode: 4, reasons: ['the record of the run is incomplete: cannot write events.jsonl: ENOSPC; 3 lines are missing from it'] });
  });

  it('refuses a name that would leave the folder', async () => {
    await expect(createRunFolder({ baseDir: base, meta: { ...run.meta, run: '../evil' }, scenarioText: '', plan: run.plan, clock: new VirtualClock() })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('reading a run folder', () => {
  it('tolerates a torn last line and lines of another form, and counts them', async () => {
    const dir = await writeRun(base, { ...run, events: run.events.slice(0, 20) });
    await appendFile(join(dir, RUN_FILES.events), '{"type":"of-tomorrow","atMs":1}\nnot json\n{"type":"user-joined","atMs":12,"se');
    const read = await readRunFolder(dir);
    expect(read.events).toHaveLength(20);
    expect(read.unreadableLines).toBe(3);
    expect(summarise(read, HELD).verdict).toBe('interrupted');
  });

  it('reads a run that died before its first event', async () => {
    const dir = await writeRun(base, run);
    await rm(join(dir, RUN_FILES.events));
    await rm(join(dir, RUN_FILES.snapshots));
    const summary = summarise(await readRunFolder(dir), HELD);
    expect([summary.verdict, summary.users.planned, summary.users.started]).toEqual(['interrupted', 15, 0]);
  });

  it('leaves out snapshots of another run', async () => {
    const dir = await writeRun(base, run);
    await appendFile(join(dir, RUN_FILES.snapshots), `${JSON.stringify({ ...run.snapshots[0], run: 'other', worker: 'w2' })}\n`);
    expect((await readRunFolder(dir)).snapshots).toHaveLength(run.snapshots.length);
  });

  it.each([
    ['a folder that does not exist', async () => join(base, 'nothing'), /is not a run folder: it has no run\.json/],
    ['a folder of something else', async () => base, /is not a run folder/],
    ['a file', async () => (await writeFile(join(base, 'file'), ''), join(base, 'file')), /is not a run folder/],
    ['a run without its plan', async () => { const dir = await writeRun(base, run); await rm(join(dir, RUN_FILES.plan)); return dir; }, /it has no plan\.json/],
    ['a damaged run.json', async () => { const dir = await writeRun(base, run); await writeFile(join(dir, RUN_FILES.meta), '{'); return dir; }, /run\.json is not what a run of this version writes/],
    ['a run of another version', async () => { const dir = await writeRun(base, run); await writeFile(join(dir, RUN_FILES.meta), JSON.stringify({ ...run.meta, schema: 2 })); return dir; }, /\(schema: /],
  ])('refuses %s, saying why', async (_, make, message) => {
    await expect(readRunFolder(await make())).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringMatching(message) });
  });
});

describe('lines of a file', () => {
  const linesOf = async (text: string, maxLineChars = 10, maxBytes = 1_000): Promise<(string | undefined)[]> => {
    const path = join(base, 'lines');
    await writeFile(path, text);
    const lines: (string | undefined)[] = [];
    for await (const line of readLines(path, { maxLineChars, maxBytes, onTooLong: () => new Error('too long') })) lines.push(line);
    return lines;
  };

  it('come whole, without the empty ones, the last also without its newline', async () => {
    expect(await linesOf('a\n\nbc\r\nd')).toEqual(['a', 'bc\r', 'd']);
    expect(await linesOf('')).toEqual([]);
  });

  it('are skipped when too long, and reading goes on behind them', async () => {
    expect(await linesOf(`a\n${'x'.repeat(11)}\nb\n${'y'.repeat(12)}`)).toEqual(['a', undefined, 'b', undefined]);
  });

  it('keep characters of several bytes across chunks', async () => {
    const line = 'ü€😀'.repeat(60_000);
    expect(await linesOf(`${line}\n`, 1_000_000, 10_000_000)).toEqual([line]);
  });

  it('end with an error beyond the size limit', async () => {
    await expect(linesOf('x\n'.repeat(600))).rejects.toThrow('too long');
  });
});

describe('a line file', () => {
  it('drops lines that would take more memory than allowed, counts them, and says so when closed', async () => {
    const file = await LineFile.open(join(base, 'small.jsonl'), 40);
    file.write({ n: 'kept' });
    file.write({ n: 'x'.repeat(100) });
    await expect(file.close()).rejects.toMatchObject({ code: 'FILE_UNWRITABLE', message: expect.stringContaining('1 lines are missing') });
    expect(await readFile(join(base, 'small.jsonl'), 'utf8')).toBe('{"n":"kept"}\n');
  });

  it('keeps order and wholeness while writes overlap', async () => {
    const file = await LineFile.open(join(base, 'many.jsonl'));
    for (let n = 0; n < 5_000; n++) {
      file.write({ n, pad: 'x'.repeat(200) });
      if (n % 500 === 0) void file.flush();
    }
    await file.close();
    const lines = (await readFile(join(base, 'many.jsonl'), 'utf8')).trim().split('\n').map((line) => (JSON.parse(line) as { n: number }).n);
    expect(lines).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
  });

  it('says that a folder cannot be written to', async () => {
    await expect(LineFile.open(join(base, 'no', 'such', 'folder'))).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });
});

/** The smallest PNG: one grey dot. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64');

describe('writing a report', () => {
  const failing = buildRun({ fateOf: ({ seq }) => (seq < 4 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no answer', screenshot: ['evidence/a.png', 'evidence/text.png', '../outside.png', 'evidence/link.png'][seq] ?? '' } : { is: 'left' }) });

  it('makes the four files, the same bytes each time', async () => {
    const dir = await writeRun(base, run);
    const data = await readRunFolder(dir);
    const names = [RUN_FILES.summary, RUN_FILES.html, RUN_FILES.junit, RUN_FILES.text];
    const write = async (): Promise<string[]> => {
      await writeReport(dir, summarise(data, HELD), data);
      return Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
    };
    const first = await write();
    expect(await write()).toEqual(first);
    expect(JSON.parse(first[0] ?? '')).toMatchObject({ schema: 1, verdict: 'held', users: { joined: 15 } });
    expect(first[3]).toContain('✓ HELD');
  });

  it('embeds screenshots, but only pictures inside the folder', async () => {
    const dir = await writeRun(base, failing);
    await writeFile(join(dir, 'evidence', 'a.png'), PNG);
    await writeFile(join(dir, 'evidence', 'text.png'), 'no picture');
    await writeFile(join(base, 'outside.png'), PNG);
    await symlink(join(base, 'outside.png'), join(dir, 'evidence', 'link.png'));
    const data = await readRunFolder(dir);
    await writeReport(dir, summarise(data, HELD), data);
    const html = await readFile(join(dir, RUN_FILES.html), 'utf8');
    expect(html.match(/src="data:image\/png;base64,/g)).toHaveLength(1);
  });

  it('says that the report cannot be written', async () => {
    const dir = await writeRun(base, run);
    await mkdir(join(dir, RUN_FILES.summary));
    const data = await readRunFolder(dir);
    await expect(writeReport(dir, summarise(data, HELD), data)).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  });

  it('stays under 3 MB for six hours of 6,000 users', { timeout: 60_000 }, async () => {
    const long = buildRun({
      meetings: 240,
      size: 25,
      servers: Array.from({ length: 10 }, (_, n) => `bbb${n + 1}.example`),
      arriveMs: 5_400_000,
      durationMs: 21_600_000,
      intervalMs: 180_000,
      mediaEvery: 101,
      fateOf: ({ seq }) => (seq % 90 === 3 ? { is: 'failed', code: 'AUDIO_FAILED', phase: 'audio', message: 'no answer' } : { is: 'left' }),
    });
    const dir = await writeRun(base, long);
    await writeReport(dir, summarise(long, HELD), long);
    const html = await readFile(join(dir, RUN_FILES.html));
    expect(html.length).toBeLessThan(3_000_000);
    expect(html.toString()).toMatch(/5,933 of 6,000.users joined 240.meetings on 10.servers/);
  });
});
