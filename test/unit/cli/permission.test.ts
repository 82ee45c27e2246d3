import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/main.js';
import { askPermission, holdToCeilings } from '../../../src/cli/permission.js';
import { readSiteConfig, targetNamed, type SiteConfig } from '../../../src/cli/site-config.js';
import { HarnessError } from '../../../src/core/errors.js';
import { aboveCeilings, DEFAULT_CEILINGS } from '../../../src/schedule/ceilings.js';
import { attendance, planOf } from '../../fakes/fake-run.js';
import { memoryIo } from '../../fakes/memory-io.js';

const scratch = mkdtempSync(join(tmpdir(), 'firstbell-site-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const url = 'https://bbb.example.org/bigbluebutton/api';
const none: SiteConfig = { file: 'firstbell.config.yaml', targets: {}, ceilings: DEFAULT_CEILINGS };
const production: SiteConfig = { ...none, targets: { production: { url, secretEnv: 'BBB_SECRET', confirm: 'rehearse the first bell', allowForeignMeetings: false } } };

const ask = (config: SiteConfig, more: { readonly allowed?: readonly string[]; readonly confirm?: string; readonly answer?: string; readonly at?: string; readonly stop?: AbortSignal } = {}): Promise<void> =>
  askPermission(memoryIo(more.answer === undefined ? {} : { answer: more.answer }), { url: more.at ?? url, users: 100, config, allowed: more.allowed ?? [], confirm: more.confirm, stop: more.stop ?? new AbortController().signal });

function config(text: string): Promise<SiteConfig> {
  writeFileSync(join(scratch, 'firstbell.config.yaml'), text);
  return readSiteConfig(memoryIo({ cwd: scratch }), undefined);
}

describe('load on another machine', () => {
  it('is refused where nobody allows it', async () => {
    await expect(ask(none)).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--i-am-allowed-to-test bbb.example.org') as string });
    await expect(ask(none, { allowed: ['other.example.org'] })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(ask(none, { answer: 'yes' })).rejects.toThrow('not the target');
    // A private address is somebody's machine, too.
    await expect(ask(none, { at: 'http://10.0.0.5/bigbluebutton/api' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('is allowed by its name on the command line, at the terminal, or in the site’s file', async () => {
    await expect(ask(none, { allowed: ['bbb.example.org'] })).resolves.toBeUndefined();
    await expect(ask(none, { answer: 'bbb.example.org' })).resolves.toBeUndefined();
    await expect(ask({ ...none, targets: { staging: { url, secretEnv: 'S', allowForeignMeetings: false } } })).resolves.toBeUndefined();
  });

  it('is not waited for once the run is stopped', async () => {
    const stop = AbortSignal.abort(new HarnessError('STOPPED', 'stopped by the user'));
    for (const site of [none, production]) await expect(ask(site, { answer: 'bbb.example.org', stop })).rejects.toMatchObject({ code: 'STOPPED' });
  });

  it('needs the phrase of a target that has one, whatever else is said', async () => {
    await expect(ask(production, { allowed: ['bbb.example.org'] })).rejects.toThrow('asks for its phrase');
    await expect(ask(production, { confirm: 'please' })).rejects.toThrow('not the phrase');
    await expect(ask(production, { answer: 'bbb.example.org' })).rejects.toThrow('not the phrase');
    await expect(ask(production, { confirm: 'rehearse the first bell' })).resolves.toBeUndefined();
    await expect(ask(production, { answer: 'rehearse the first bell' })).resolves.toBeUndefined();
  });

  it('is not in question on this machine', async () => {
    for (const at of ['http://127.0.0.1:8090/', 'http://localhost/', 'http://[::1]:1/']) await expect(ask(none, { at })).resolves.toBeUndefined();
  });
});

describe('firstbell learn', () => {
  it('takes the site’s file and the phrase in it, as a run does', async () => {
    writeFileSync(join(scratch, 'learn.yaml'), `targets: { production: { url: ${url}, confirm: rehearse the first bell } }\n`);
    const io = memoryIo({ cwd: scratch, env: { BBB_SECRET: 'correcthorsebattery', FIRSTBELL_BROWSER: '/usr/bin/true' } });
    expect(await runCli(['learn', '--url', url, '--config', 'learn.yaml', '--confirm', 'please'], io)).toBe(2);
    expect(io.stderr()).toContain('that is not the phrase of the target production');
  });
});

describe('ceilings', () => {
  const crowd = planOf(Array.from({ length: 300 }, (_, seq) => attendance({ seq, dueMs: seq * 20, leaveMs: 60_000 })));

  it('are passed by users at once, by joins per second, by Mbit/s', () => {
    expect(aboveCeilings(crowd, DEFAULT_CEILINGS)).toEqual([]);
    expect(aboveCeilings(crowd, { users: 299, joinsPerSecond: 29, mbps: 11 })).toEqual(['300 users at once, the ceiling is 299', '30 joins per second, the ceiling is 29', '12 Mbit/s, the ceiling is 11']);
  });

  it('count whoever comes again: who reloads, and who comes back when the network does', () => {
    const users = Array.from({ length: 100 }, (_, seq) => attendance({ seq, dueMs: seq * 1_000, leaveMs: 300_000, ...(seq % 2 === 0 ? { reloadAtMs: 200_000 } : { networkLoss: { atMs: 190_000, forMs: 10_000 } }) }));
    expect(aboveCeilings(planOf(users), { ...DEFAULT_CEILINGS, joinsPerSecond: 9 })).toEqual(['10 joins per second, the ceiling is 9']);
    expect(aboveCeilings(planOf(users), { ...DEFAULT_CEILINGS, joinsPerSecond: 10 })).toEqual([]);
  });

  it('count whoever goes into a breakout room', () => {
    const users = Array.from({ length: 100 }, (_, seq) => attendance({ seq, dueMs: seq * 1_000, leaveMs: 300_000, actions: [{ atMs: 200_000 + seq * 50, action: { do: 'enter-breakout' } }, { atMs: 250_000, action: { do: 'react' } }] }));
    expect(aboveCeilings(planOf(users), { ...DEFAULT_CEILINGS, joinsPerSecond: 9 })).toEqual(['10 joins per second, the ceiling is 9']);
    expect(aboveCeilings(planOf(users), { ...DEFAULT_CEILINGS, joinsPerSecond: 10 })).toEqual([]);
  });

  it('stop a plan before anything is sent', () => {
    expect(() => holdToCeilings(crowd, { ...DEFAULT_CEILINGS, users: 200 }, 'site.yaml')).toThrow('the plan passes a ceiling: 300 users at once, the ceiling is 200');
    expect(() => holdToCeilings(crowd, DEFAULT_CEILINGS, 'site.yaml')).not.toThrow();
  });
});

describe('the site’s file', () => {
  it('may be missing, unless it is named', async () => {
    const io = memoryIo({ cwd: join(scratch, 'nowhere') });
    expect(await readSiteConfig(io, undefined)).toEqual(none);
    await expect(readSiteConfig(io, 'mine.yaml')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('names targets and ceilings; what it leaves out is as without it', async () => {
    const read = await config(`targets:\n  staging: { url: "${url}", secretEnv: STAGING }\nceilings: { users: 6500 }\n`);
    expect(targetNamed(read, 'staging')).toEqual({ url, secretEnv: 'STAGING', allowForeignMeetings: false });
    expect(read.ceilings).toEqual({ ...DEFAULT_CEILINGS, users: 6_500 });
    expect(() => targetNamed(read, 'production')).toThrow('has no target "production"');
    expect(() => targetNamed(read, 'constructor')).toThrow('has no target');
  });

  it('is refused with the place of what is wrong', async () => {
    await expect(config('targets:\n  staging: { url: ftp://x }\n')).rejects.toThrow(/targets\.staging\.url/);
    await expect(config('ceiling: { users: 1 }\n')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(config('targets: [\n')).rejects.toThrow('is not YAML');
    await expect(config(`a: &a [x, x]\nb: &b [${'*a,'.repeat(30)}]\n`)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
