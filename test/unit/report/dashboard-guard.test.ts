import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/report/dashboard/guard.js';
import { namesLoopback, originOf } from '../../../src/report/local-http.js';

const asked = (method: string, url: string, headers: Readonly<Record<string, string>>): IncomingMessage => ({ method, url, headers }) as unknown as IncomingMessage;
const local = { host: '127.0.0.1', token: undefined, key: 'k'.repeat(32) };
const open = { host: '0.0.0.0', token: 't'.repeat(32), key: 'k'.repeat(32) };
const page = { host: '127.0.0.1:8465', origin: 'http://127.0.0.1:8465' };

describe('who may look at a run', () => {
  it('is this machine, by any of its names', () => {
    for (const host of ['127.0.0.1:8465', 'localhost:8465', '[::1]:8465', 'LOCALHOST', '127.3.2.1:1']) expect(refusalOf(asked('GET', '/', { host }), local)).toBeUndefined();
  });

  it('is nobody whose name was made to point here', () => {
    for (const host of ['evil.example:8465', '127.0.0.1.evil.example', 'localhost.evil.example:8465', '10.0.0.1', '']) expect(refusalOf(asked('GET', '/', { host }), local)).toMatchObject({ status: 421 });
    expect(refusalOf(asked('GET', '/', {}), local)).toMatchObject({ status: 421 });
    expect(namesLoopback('127.0.0.1@evil.example')).toBe(false);
  });

  it('needs the token where other machines can reach it', () => {
    const headers = { host: 'bench.example:8465' };
    expect(refusalOf(asked('GET', '/', headers), open)).toMatchObject({ status: 401 });
    expect(refusalOf(asked('GET', `/live?token=${'x'.repeat(32)}`, headers), open)).toMatchObject({ status: 401 });
    expect(refusalOf(asked('GET', `/live?token=${open.token}`, headers), open)).toBeUndefined();
  });
});

describe('who may stop a run', () => {
  const key = { 'x-firstbell-key': local.key };

  it('is the page itself', () => {
    expect(refusalOf(asked('POST', '/stop', { ...page, ...key }), local)).toBeUndefined();
  });

  it.each([
    ['another page of the same browser', { ...page, ...key, origin: 'https://evil.example' }],
    ['a page of another port', { ...page, ...key, origin: 'http://127.0.0.1:9999' }],
    ['a page in a sandbox', { ...page, ...key, origin: 'null' }],
    ['a form without the key', page],
    ['one with a wrong key', { ...page, 'x-firstbell-key': 'x'.repeat(32) }],
    ['one without Origin', { host: page.host, ...key }],
  ])('is not %s', (_who, headers) => {
    expect(refusalOf(asked('POST', '/stop', headers), local)).toMatchObject({ status: 403 });
  });
});

describe('who comes through a proxy', () => {
  // What a browser that shows https://bench.example/ sends, and what a proxy makes of Host unless it is told to leave it.
  const origin = 'https://bench.example';
  const press = (host: string, guard: typeof local | typeof open, token = ''): unknown => refusalOf(asked('POST', `/stop${token}`, { host, origin, 'x-firstbell-key': guard.key }), guard);
  const withToken = `?token=${open.token}`;

  it('looks and stops where the page is not on loopback and the proxy passes Host on', () => {
    expect(refusalOf(asked('GET', `/${withToken}`, { host: 'bench.example' }), open)).toBeUndefined();
    expect(press('bench.example', open, withToken)).toBeUndefined();
    // The token stays necessary.
    expect(press('bench.example', open)).toMatchObject({ status: 401 });
  });

  it('cannot stop where the proxy names itself, or look where the page is on loopback', () => {
    expect(press('10.0.0.5:8465', open, withToken)).toMatchObject({ status: 403 });
    expect(press('127.0.0.1:8465', local)).toMatchObject({ status: 403 });
    expect(refusalOf(asked('GET', '/', { host: 'bench.example' }), local)).toMatchObject({ status: 421 });
  });

  it('looks and stops through a tunnel, whatever port it has at its other end', () => {
    expect(refusalOf(asked('POST', '/stop', { host: 'localhost:9000', origin: 'http://localhost:9000', 'x-firstbell-key': local.key }), local)).toBeUndefined();
  });
});

describe('the address that is printed', () => {
  it.each([
    ['127.0.0.1', 'IPv4', 'http://127.0.0.1:8465'],
    ['::1', 'IPv6', 'http://[::1]:8465'],
    ['0.0.0.0', 'IPv4', 'http://bench:8465'],
    ['::', 'IPv6', 'http://bench:8465'],
  ])('of %s can be opened', (address, family, origin) => expect(originOf({ address, family, port: 8_465 }, 'bench')).toBe(origin));
});
