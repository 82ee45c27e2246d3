// Writes src/native/wire-profile-3.0.19.json: the recorded join of a 3.0.19 client (test/fixtures/captures) as a wire profile.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sfuFramesOf } from '../dist/native/sfu-frames.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const read = (name) => JSON.parse(readFileSync(join(root, 'test', 'fixtures', 'captures', name), 'utf8'));
const { operations, bbbVersion, source } = read('graphql-operations.json');
/** Steps after the join that were recorded, too. */
const { actions } = JSON.parse(readFileSync(join(root, 'src', 'bbb', 'operations-3.0.19.json'), 'utf8'));
const { chromium: frames } = read('graphql-frame-sequence.json');
const byName = new Map(operations.map((one) => [one.operationName, one]));

/** Sent once a second while the microphone is tested: a step of its own, not part of the join. */
const ECHO_TEST = 'UpdateUserClientEchoTestRunningAt';
/** What the recorded values stood for. The first two answers name the user and the page; the rest the client makes itself. */
const TEMPLATES = {
  UserJoin: { authToken: { $from: 'Patched_userCurrentSubscription', path: '/0/authToken' } },
  getEmojisToRain: { initialCursor: { $now: 'utc' } },
  CurrentPageAnnotationsQuery: { pageId: { $from: 'CurrentPresentationPagesSubscription', path: '/0/pageId' } },
  annotationHistoryStream: { pageId: { $from: 'CurrentPresentationPagesSubscription', path: '/0/pageId' }, updatedAt: { $now: 'iso' } },
  PresentationSetUploadCompletionNotified: { presentationId: { $from: 'CurrentPresentationPagesSubscription', path: '/0/presentationId' } },
  ConnStatusWithTraceLog: { clientSessionUUID: { $var: 'clientSessionUuid' } },
};
/** The other recorded client was no presenter: it sent everything else, but not this. */
const PRESENTER_ONLY = new Set(['PresentationSetUploadCompletionNotified']);

const sent = frames.filter(({ dir, type, op }) => dir === 'c->s' && (type === 'subscribe' || type === 'complete') && op !== ECHO_TEST);
const join_ = sent.map((frame, index) => {
  const gapMs = index === 0 ? 0 : frame.ms - sent[index - 1].ms;
  if (frame.type === 'complete') return { end: frame.op, gapMs };
  return {
    start: frame.op,
    gapMs,
    variables: { ...byName.get(frame.op).variables, ...TEMPLATES[frame.op] },
    ...(PRESENTER_ONLY.has(frame.op) ? { presenterOnly: true } : {}),
    // Everything after UserJoin waits until the server says that the user is in.
    ...(index > 0 && sent[index - 1].op === 'UserJoin' ? { after: { $from: 'Patched_userCurrentSubscription', path: '/0/joined' } } : {}),
  };
});
const sfuFrames = Object.values(read('sfu-signaling.json').flows).flatMap(({ messages }) =>
  messages.map(({ direction, message }) => ({ dir: direction === 'client->server' ? 'sent' : 'received', atMs: 0, text: JSON.stringify(message) })),
);
const profile = {
  schema: 2,
  bbb: bbbVersion,
  source,
  operations: [...operations, ...actions].map(({ operationName, kind, rootField, query }) => ({ operationName, kind, rootField, query })),
  join: join_,
  sfu: sfuFramesOf([{ frames: sfuFrames, template: (_name, text) => text }]),
};
writeFileSync(join(root, 'src', 'native', 'wire-profile-3.0.19.json'), `${JSON.stringify(profile, undefined, 1)}\n`);
