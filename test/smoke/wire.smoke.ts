import { browserHere } from '../../src/cli/browser-here.js';
import { processIo } from '../../src/cli/io.js';
import { learnWire } from '../../src/cli/learn-wire.js';
import { readWireFile, RECORDED, wireText } from '../../src/cli/wire-file.js';
import { silentLogger } from '../../src/core/log.js';
import { diffProfiles, renderWireDiff, sameWire } from '../../src/native/wire-diff.js';
import { test } from './fixtures.js';
import { PartError } from './parts.js';
import { outputFolder } from './settings.js';

// Its browser users make the API call themselves: a trace would keep the checksum.
test.use({ trace: 'off' });

test('the client speaks as it did before', { tag: '@wire' }, async ({ checks, target }, info) => {
  const io = processIo();
  const stored = process.env['SMOKE_WIRE'] || RECORDED;
  const before = await readWireFile(io, stored);
  const browser = await browserHere(process);
  const resolved = { ...target, kind: 'bbb' as const, secretEnv: undefined, allowForeignMeetings: true, pid: undefined, [Symbol.asyncDispose]: async () => undefined };
  const profile = await checks.look('client', 'a conversation of the client can be recorded', () => learnWire({ io, target: resolved, browser, reportsDir: outputFolder(), runId: target.runId, signal: AbortSignal.timeout(info.timeout), logger: silentLogger, say: () => undefined }));
  const text = wireText(profile);
  await info.attach('wire.json', { body: text, contentType: 'application/json' });
  const diff = diffProfiles(before.profile, profile);
  const differences = renderWireDiff(diff, { before: before.text, after: text });
  if (!sameWire(diff)) await info.attach('wire-diff.txt', { body: differences, contentType: 'text/plain' });
  const sizes = `${diff.operations.gone.length} operations gone, ${diff.operations.added.length} new, ${diff.operations.changed.length} changed, ${diff.join.changes.length} changes of the join, ${(diff.sfu?.gone.length ?? 0) + (diff.sfu?.added.length ?? 0) + (diff.sfu?.changed.length ?? 0)} of SFU frames`;
  // The built-in profile is of one version: another version may differ from it and be in order.
  if (stored === RECORDED && !sameWire(diff) && diff.to !== diff.from) return checks.changed('wire', `BigBlueButton ${diff.to} differs from the built-in profile of ${diff.from}: ${sizes}`);
  await checks.look('wire', `the client speaks as in ${stored === RECORDED ? `the built-in profile of BigBlueButton ${diff.from}` : stored}`, async () => {
    if (!sameWire(diff)) throw new PartError('wire', sizes);
  });
});
