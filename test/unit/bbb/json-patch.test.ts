import { describe, expect, it } from 'vitest';
import { patched } from '../../../src/bbb/json-patch.js';

const rows = (): { name: string; voice?: { muted: boolean } }[] => [{ name: 'Anna', voice: { muted: true } }, { name: 'Ben' }];

describe('a patch', () => {
  it('replaces, adds, removes and moves as RFC 6902 says', () => {
    expect(patched(rows(), [{ op: 'replace', path: '/0/voice/muted', value: false }])).toEqual([{ name: 'Anna', voice: { muted: false } }, { name: 'Ben' }]);
    expect(patched(rows(), [{ op: 'add', path: '/-', value: { name: 'Cem' } }, { op: 'add', path: '/0', value: { name: 'Ada' } }])).toMatchObject([{ name: 'Ada' }, { name: 'Anna' }, { name: 'Ben' }, { name: 'Cem' }]);
    expect(patched(rows(), [{ op: 'remove', path: '/0/voice' }, { op: 'remove', path: '/1' }])).toEqual([{ name: 'Anna' }]);
    expect(patched(rows(), [{ op: 'move', from: '/1', path: '/0' }, { op: 'test', path: '/0/name', value: 'Ben' }])).toMatchObject([{ name: 'Ben' }, { name: 'Anna' }]);
    expect(patched({ 'a/b': 1, 'c~d': 2 }, [{ op: 'remove', path: '/a~1b' }, { op: 'replace', path: '/c~0d', value: 3 }])).toEqual({ 'c~d': 3 });
    expect(patched(rows(), [{ op: 'replace', path: '', value: [] }])).toEqual([]);
  });

  it.each([
    ['puts something where a list has its methods', { op: 'add', path: '/map', value: 1 }],
    ['says how long a list is', { op: 'replace', path: '/length', value: 4_294_967_295 }],
    ['puts something far behind the end of a list', { op: 'replace', path: '/4294967294', value: 1 }],
    ['adds behind the end of a list', { op: 'add', path: '/3', value: 1 }],
    ['counts in another way', { op: 'replace', path: '/00', value: 1 }],
    ['changes what all objects have', { op: 'add', path: '/0/toString/x', value: 1 }],
    ['changes a prototype', { op: 'add', path: '/__proto__/x', value: 1 }],
    ['changes a prototype by another way', { op: 'add', path: '/0/constructor/prototype/x', value: 1 }],
    ['names what is not there', { op: 'replace', path: '/1/voice/muted', value: true }],
    ['removes what is not there', { op: 'remove', path: '/7' }],
    ['copies: a patch of thirty copies would double the document thirty times', { op: 'copy', from: '', path: '/0/a' }],
    ['moves a thing into itself', { op: 'move', from: '/0', path: '/0/voice/x' }],
    ['has a test that fails', { op: 'test', path: '/0/name', value: 'Ben' }],
    ['has no value', { op: 'add', path: '/0/x' }],
    ['has an operation that the RFC does not know', { op: '_get', path: '/0' }],
    ['has a path that is none', { op: 'add', path: 7, value: 1 }],
    ['is none', 'x'],
  ])('does not fit if it %s', (_what, operation) => {
    const document = rows();
    expect(patched(document, [operation])).toBeUndefined();
    expect(document).toEqual(rows());
    expect(Object.keys(document)).toEqual(['0', '1']);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('of more operations than a frame ever has does not fit', () => {
    expect(patched([], Array.from({ length: 20_001 }, () => ({ op: 'add', path: '/-', value: 1 })))).toBeUndefined();
  });
});
