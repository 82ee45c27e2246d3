import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseApiUrl, signedUrl } from '../../src/bbb/api-url.js';
import { readApiAnswer } from '../../src/bbb/answer.js';
import { checksum, CHECKSUM_ALGORITHMS, verifyChecksum } from '../../src/bbb/checksum.js';
import { parseClientFrame, parseServerFrame, subscribeFrame } from '../../src/bbb/graphql.js';
import { networkError } from '../../src/bbb/http.js';
import { joinErrorOf } from '../../src/bbb/join-redirect.js';
import { meetingFrom } from '../../src/bbb/meeting-info.js';
import { errorForKey } from '../../src/bbb/message-keys.js';
import { parseSfuEvent, parseSfuRequest } from '../../src/bbb/sfu.js';
import { versionFromJson } from '../../src/bbb/target-version.js';
import { parseBbbVersion } from '../../src/bbb/versions.js';
import { buildResponse, parseResponse } from '../../src/bbb/xml.js';
import { HarnessError } from '../../src/core/errors.js';

const anyText = fc.string({ unit: 'binary', maxLength: 200 });
const anyJson = fc.json({ maxDepth: 4 });

/** Pieces of BBB's XML and of trouble, in any order. */
const xmlish = fc
  .array(fc.constantFrom('<response>', '</response>', '<meetings>', '</meetings>', '<meeting>', '</meeting>', '<a/>', '<__proto__>', '</__proto__>', '<![CDATA[', ']]>', '<!--', '-->', '<!DOCTYPE x>', '<?xml version="1.0"?>', '&amp;', '&#0;', '&#x110000;', '&x;', '<a b="', '">', '<', '>', '&', 'SUCCESS', '<returncode>', '</returncode>', '\u0000'), { maxLength: 30 })
  .map((pieces) => pieces.join(''));

/** A recorded frame with some characters replaced, removed or added. */
function damaged(frames: readonly string[]): fc.Arbitrary<string> {
  return fc
    .record({ frame: fc.constantFrom(...frames), cuts: fc.array(fc.record({ at: fc.nat(), remove: fc.nat(20), put: fc.string({ maxLength: 5 }) }), { maxLength: 4 }) })
    .map(({ frame, cuts }) => cuts.reduce((text, { at, remove, put }) => text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + remove), frame));
}

const capture = (name: string): string => readFileSync(new URL(`../fixtures/captures/${name}`, import.meta.url), 'utf8');
const sfuFrames = Object.values((JSON.parse(capture('sfu-signaling.json')) as { flows: Record<string, { messages: readonly { message: unknown }[] }> }).flows).flatMap(({ messages }) => messages.map(({ message }) => JSON.stringify(message)));
const graphqlFrames = (JSON.parse(capture('graphql-operations.json')) as { operations: readonly { operationName: string; query: string; variables: Record<string, unknown>; responses: readonly object[] }[] }).operations.flatMap(({ operationName, query, variables, responses }) => [
  subscribeFrame('1', { operationName, query, variables }),
  ...responses.map((answer) => JSON.stringify({ id: '1', ...answer })),
]);

/** Runs `work`; anything thrown but a HarnessError fails. */
function onlyHarnessErrors(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code === 'INTERNAL') throw error;
  }
}

describe('parsers of what a target says throw nothing but HarnessError', () => {
  const PARSERS: readonly [string, (text: string) => unknown][] = [
    ['parseResponse', parseResponse],
    ['readApiAnswer', (text) => readApiAnswer('ask', text)],
    ['meetingFrom', (text) => meetingFrom(parseResponse(text))],
    ['versionFromJson', (text) => versionFromJson('ask', text)],
    ['joinErrorOf', (text) => joinErrorOf('join', text)],
    ['joinErrorOf with errors', (text) => joinErrorOf('join', `https://h/?errors=${encodeURIComponent(text.replace(/[\ud800-\udfff]/g, ''))}`)],
    ['errorForKey', (text) => errorForKey('ask', text, text)],
    ['normaliseApiUrl', normaliseApiUrl],
    ['parseBbbVersion', parseBbbVersion],
    ['parseServerFrame', parseServerFrame],
    ['parseClientFrame', parseClientFrame],
    ['parseSfuEvent', parseSfuEvent],
    ['parseSfuRequest', parseSfuRequest],
  ];

  it.each(PARSERS)('%s', (_name, parser) => {
    fc.assert(fc.property(fc.oneof(anyText, anyJson, xmlish, damaged(sfuFrames), damaged(graphqlFrames)), (text) => onlyHarnessErrors(() => parser(text))), { numRuns: 400 });
  });

  it('networkError takes whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(networkError('ask', 'h', thrown)).toBeInstanceOf(HarnessError);
      }),
    );
  });
});

describe('what a parser lets through', () => {
  it('of the SFU has a code that is a number and short names', () => {
    fc.assert(
      fc.property(fc.oneof(damaged(sfuFrames), anyJson.map((value) => `{"id":"error","type":"audio","code":${value},"reason":${value},"error":${value}}`)), (text) => {
        const event = parseSfuEvent(text);
        if (event?.id !== 'error') return;
        expect(Number.isInteger(event.code)).toBe(true);
        expect(event.reason.length).toBeLessThanOrEqual(200);
        expect(event.cameraId.length).toBeLessThanOrEqual(256);
      }),
    );
  });

  it('of GraphQL errors has texts of bounded length', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const frame = parseServerFrame(`{"id":"1","type":"error","payload":${value}}`);
        expect(frame?.type).toBe('error');
        if (frame?.type === 'error') for (const { message } of frame.errors) expect(message.length).toBeLessThanOrEqual(500);
      }),
    );
  });
});

describe('building and parsing', () => {
  const name = fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,15}$/).filter((text) => !(text in Object.prototype));
  // XML cannot carry most control characters, and white space at the ends is trimmed.
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => value.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '').trim());

  it('give back every text, in order', () => {
    fc.assert(
      fc.property(fc.dictionary(name, text, { minKeys: 1, maxKeys: 8, noNullPrototype: true }), (children) => {
        const parsed = parseResponse(buildResponse(children));
        expect(Object.entries(parsed)).toEqual(Object.entries(children));
      }),
    );
  });
});

describe('signing', () => {
  const params = fc.dictionary(fc.stringMatching(/^[A-Za-z][\w-]{0,20}$/), fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer(), fc.boolean()), { maxKeys: 8, noNullPrototype: true });

  it('is accepted by a server that takes the query as it came, and by no other secret', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CHECKSUM_ALGORITHMS), fc.constantFrom('create', 'join', 'end'), params, fc.uuid(), (algorithm, call, given, secret) => {
        const url = signedUrl('https://h/bigbluebutton/api', call, given, secret, algorithm);
        const [path, query = ''] = url.split('?');
        const at = query.lastIndexOf('checksum=');
        const unsigned = query.slice(0, Math.max(0, at - 1));
        expect(path).toBe(`https://h/bigbluebutton/api/${call}`);
        expect(verifyChecksum(query.slice(at + 'checksum='.length), call, unsigned, secret)).toBe(true);
        expect(verifyChecksum(query.slice(at + 'checksum='.length), call, unsigned, `${secret}x`)).toBe(false);
      }),
    );
  });

  it('survives the parsing of the URL by others', () => {
    fc.assert(
      fc.property(params, fc.uuid(), (given, secret) => {
        const url = new URL(signedUrl('https://h/bigbluebutton/api', 'join', given, secret));
        const unsigned = url.search.slice(1).replace(/&?checksum=[0-9a-f]+$/, '');
        expect(url.searchParams.get('checksum')).toBe(checksum('sha256', 'join', unsigned, secret));
      }),
    );
  });
});
