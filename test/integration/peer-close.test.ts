import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtFile } from '../../src/core/paths.js';

/** Rounds that the memory of the process settles in, and all of them. */
const SETTLED = 8;
const ROUNDS = 24;
/** Received, and not taken by JavaScript yet when the peer is closed: 2.2 MB. */
const PACKETS = 2_000;
const PACKET_BYTES = 1_100;
const MB = 2 ** 20;

/** Peers in a process of their own, as the library wants it. Prints one line of JSON. */
const SCRIPT = `
import { createHook } from 'node:async_hooks';
import { Peer } from ${JSON.stringify(pathToFileURL(builtFile('rtc/peer.js')).href)};
import { withoutCandidates } from ${JSON.stringify(pathToFileURL(builtFile('rtc/sdp.js')).href)};

/** Of receivers: a sender may find that its connection was ended by the other before it is closed, and then waits for the garbage collector. */
const handles = new Set();
let made = 0;
let counted = false;
createHook({
  init: (id, type) => {
    if (!counted || !type.startsWith('ThreadSafeCallback')) return;
    made++;
    handles.add(id);
  },
  destroy: (id) => void handles.delete(id),
}).enable();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const spin = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
const options = (name, direction, remoteOffer, onPacket) => ({ name, kind: 'video', direction, ssrc: 7, bindAddress: '127.0.0.1', remoteOffer, payloadType: 96, onPacket, onState: () => undefined });
const packet = Buffer.alloc(${PACKET_BYTES});
packet.writeUInt16BE(0x8060, 0);
packet.writeUInt32BE(7, 8);

const rssBytes = [];
let early = 0;
let late = 0;
let open = 0;
for (let round = 0; round < ${ROUNDS}; round++) {
  const sender = new Peer(options('sender', 'sendonly', undefined, () => undefined));
  let closed = false;
  const offer = await sender.describe('offer');
  counted = true;
  // Checks of a receiver that knew where the sender is could be done before the sender knows whose they are: it would refuse the handshake.
  const receiver = new Peer(options('receiver', 'recvonly', withoutCandidates(offer), () => void (closed ? late++ : early++)));
  counted = false;
  sender.acceptAnswer(await receiver.describe('answer'));
  while (!sender.connected || !receiver.connected) {
    await pause(10);
    sender.check();
    receiver.check();
  }
  for (let sent = 0; sent < ${PACKETS}; sent++) {
    packet.writeUInt16BE(sent, 2);
    sender.send(packet);
    if (sent % 20 === 19) spin(1);
  }
  counted = true;
  receiver.close();
  counted = false;
  closed = true;
  sender.close();
  // The garbage collector has no part in it: it hardly runs in so short a time.
  for (let looks = 0; handles.size > 0 && looks < 100; looks++) await pause(10);
  open = Math.max(open, handles.size);
  rssBytes.push(process.memoryUsage.rss());
}
console.log(JSON.stringify({ rssBytes, early, late, made, open }));
process.kill(process.pid, 'SIGKILL');
`;

interface Seen {
  /** After each round. */
  readonly rssBytes: readonly number[];
  /** Packets that were taken before and after the close. */
  readonly early: number;
  readonly late: number;
  /** Handles in the event loop that peers had, and the most that closed ones left there. */
  readonly made: number;
  readonly open: number;
}

let dir: string;
let seen: Seen;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'firstbell-peer-'));
  writeFileSync(join(dir, 'peers.mjs'), SCRIPT);
  const printed = await promisify(execFile)(process.execPath, [join(dir, 'peers.mjs')]).then(
    ({ stdout }) => stdout,
    // It ends itself by a signal: the library can hang while it cleans up.
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => {
      expect(stderr).toBe('');
      return stdout;
    },
  );
  seen = JSON.parse(printed) as Seen;
}, 120_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('a peer that is closed leaves none of the packets that waited for JavaScript in memory', () => {
  const grownMb = (seen.rssBytes.at(-1)! - seen.rssBytes[SETTLED]!) / MB;
  const waitedMb = ((ROUNDS - 1 - SETTLED) * PACKETS * PACKET_BYTES) / MB;
  expect(seen.rssBytes).toHaveLength(ROUNDS);
  expect(grownMb).toBeLessThan(waitedMb / 3);
});

it('a peer that is closed leaves no handle in the event loop', () => {
  expect(seen.made).toBeGreaterThanOrEqual(ROUNDS);
  expect(seen.open).toBe(0);
});

it('nobody is told of packets of a peer that is closed', () => {
  expect(seen).toMatchObject({ early: 0, late: 0 });
});
