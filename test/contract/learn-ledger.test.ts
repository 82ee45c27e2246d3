import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/main.js';
import { Closer } from '../../src/core/closer.js';
import { startCli } from '../e2e/cli.js';
import { memoryIo } from '../fakes/memory-io.js';
import { isSigned, SECRET, sendXml, serveHttp, type Listening } from './api-server.js';

/** A browser that ends at once: what is learned does not matter here. */
const env = { BBB_SECRET: SECRET, FIRSTBELL_BROWSER: '/usr/bin/true' };
let cwd: string;
let closer = new Closer();

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'firstbell-learn-'));
});
afterEach(async () => {
  await closer.close();
  closer = new Closer();
  rmSync(cwd, { recursive: true, force: true });
});

interface Target extends Listening {
  readonly open: Set<string>;
  failEnd: boolean;
}

/** A target that lists its meetings without their tags, and tells when it is asked to create one. */
async function serve(onCreate: (meetingId: string) => void): Promise<Target> {
  const open = new Set<string>();
  const listening = await serveHttp((request, response, url) => {
    const call = url.pathname.split('/').at(-1)!;
    const id = url.searchParams.get('meetingID') ?? '';
    if (call === 'api') return void response.end(JSON.stringify({ response: { returncode: 'SUCCESS', version: '2.0', apiVersion: '2.0', bbbVersion: '3.0.19' } }));
    if (!isSigned(request)) return sendXml(response, '<returncode>FAILED</returncode><messageKey>checksumError</messageKey><message>no</message>');
    switch (call) {
      case 'create':
        open.add(id);
        onCreate(id);
        return sendXml(response, '<returncode>SUCCESS</returncode><internalMeetingID>x</internalMeetingID><createTime>1</createTime>');
      case 'end':
        if (target.failEnd) return void response.writeHead(500).end();
        if (!open.delete(id)) return sendXml(response, '<returncode>FAILED</returncode><messageKey>notFound</messageKey><message>no</message>');
        return sendXml(response, '<returncode>SUCCESS</returncode><messageKey>sentEndMeetingRequest</messageKey>');
      default:
        return sendXml(response, `<returncode>SUCCESS</returncode><meetings>${[...open].map((one) => `<meeting><meetingName>x</meetingName><meetingID>${one}</meetingID><participantCount>0</participantCount></meeting>`).join('')}</meetings>`);
    }
  });
  const target: Target = { ...listening, open, failEnd: false };
  return closer.use(target);
}

const folders = (): readonly string[] => readdirSync(join(cwd, 'reports'));
const ledgerOf = (folder: string): readonly { readonly type: string; readonly meetingId: string }[] =>
  readFileSync(join(cwd, 'reports', folder, 'ledger.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { readonly type: string; readonly meetingId: string });

async function cleaned(): Promise<unknown> {
  const io = memoryIo({ cwd, env });
  expect({ code: await runCli(['cleanup', '--json'], io), errors: io.stderr() }).toEqual({ code: 0, errors: '' });
  return (JSON.parse(io.stdout()) as { readonly meetings: unknown }).meetings;
}

describe('the meeting in which a wire profile is learned', () => {
  it('is in a ledger before it is created; the ledger is gone when the meeting is', async () => {
    const known: unknown[] = [];
    const target = await serve((meetingId) => known.push([meetingId, folders().map(ledgerOf)]));
    const io = memoryIo({ cwd, env });
    expect(await runCli(['learn', '--url', target.url], io)).not.toBe(0);
    expect(io.stderr()).toContain('error BROWSER_FAILED');
    expect(known).toEqual([[expect.stringMatching(/^firstbell-learn-/), [[expect.objectContaining({ type: 'intent', meetingId: expect.stringMatching(/^firstbell-learn-/) as string })]]]]);
    expect([...target.open]).toEqual([]);
    expect(folders()).toEqual([]);
  });

  it('is ended by cleanup where its end was not heard, and the command says so', async () => {
    const target = await serve(() => undefined);
    target.failEnd = true;
    const io = memoryIo({ cwd, env });
    expect(await runCli(['learn', '--url', target.url], io)).not.toBe(0);
    const [folder, ...others] = folders();
    expect(others).toEqual([]);
    expect(io.stderr()).toContain(`firstbell cleanup reports/${folder}`);
    target.failEnd = false;
    const [meetingId] = target.open;
    expect(await cleaned()).toEqual([{ run: folder, meetingId, from: 'ledger', ended: true }]);
    expect([...target.open]).toEqual([]);
    expect(await cleaned()).toEqual([]);
  });

  it('is ended by cleanup after a kill -9 in the moment in which it is created', async () => {
    const target = await serve(() => learning.kill('SIGKILL'));
    const learning = startCli(['learn', '--url', target.url], { cwd, env });
    const [code, signal] = (await once(learning, 'exit')) as [number | null, string | null];
    expect({ code, signal, open: target.open.size }).toEqual({ code: null, signal: 'SIGKILL', open: 1 });
    const [meetingId] = target.open;
    expect(await cleaned()).toEqual([{ run: folders()[0], meetingId, from: 'ledger', ended: true }]);
    expect([...target.open]).toEqual([]);
  });
});
