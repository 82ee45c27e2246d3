import { describe, expect, it } from 'vitest';
import { MeetingSockets } from '../../../src/browser/page/meeting-sockets.js';

/** A page's sockets at a time that the test sets, ms. */
function page(): { at: (nowMs: number) => void; socket: (url: string) => { opens: () => void; closes: () => void }; sees: () => ReturnType<MeetingSockets['look']> } {
  const sockets = new MeetingSockets();
  let nowMs = 0;
  return {
    at: (ms) => (nowMs = ms),
    socket: (url) => {
      const listeners = new Map<string, () => void>();
      sockets.add({ url, addEventListener: (type, listener) => void listeners.set(type, listener) }, () => nowMs);
      return { opens: () => listeners.get('open')?.(), closes: () => listeners.get('close')?.() };
    },
    sees: () => sockets.look(nowMs),
  };
}

describe('the connections of a page to the meeting', () => {
  it.each(['wss://bbb/graphql', 'wss://proxy/bbb-01/graphql', 'wss://bbb/graphql/?token=x', 'wss://bbb/html5client/sockjs/123/abcdefgh/websocket'])('are interrupted from when %s closed until another opens', (url) => {
    const { at, socket, sees } = page();
    const first = socket(url);
    expect(sees()).toEqual({ interrupted: false, sinceMs: 0 });
    at(1_000);
    first.opens();
    at(5_000);
    first.closes();
    at(7_000);
    expect(sees()).toEqual({ interrupted: true, sinceMs: 5_000 });
    at(15_000);
    const second = socket(url);
    expect(sees().interrupted).toBe(true);
    second.opens();
    at(16_500);
    expect(sees()).toEqual({ interrupted: false, sinceMs: 15_000 });
  });

  it('are not interrupted before there was one, nor by sockets of other kinds', () => {
    const { at, socket, sees } = page();
    socket('wss://bbb/graphql').closes();
    const media = socket('wss://bbb/bbb-webrtc-sfu?sessionToken=x');
    media.opens();
    media.closes();
    at(60_000);
    expect(sees().interrupted).toBe(false);
  });

  it('are not interrupted as long as one of several is open', () => {
    const { at, socket, sees } = page();
    const [old, next] = [socket('wss://bbb/graphql'), socket('wss://bbb/graphql')];
    old.opens();
    next.opens();
    old.closes();
    at(60_000);
    expect(sees().interrupted).toBe(false);
  });

  it('are not back by a socket that the server closes at once', () => {
    const { at, socket, sees } = page();
    const [first, refused] = [socket('wss://bbb/graphql'), socket('wss://bbb/graphql')];
    first.opens();
    first.closes();
    at(10_000);
    expect(sees().interrupted).toBe(true);
    refused.opens();
    at(10_600);
    expect(sees().interrupted).toBe(true);
    refused.closes();
    at(11_000);
    expect(sees().interrupted).toBe(true);
  });

  it('are not yet interrupted in the moment after a close, as who is shown out is told why', () => {
    const { at, socket, sees } = page();
    const only = socket('wss://bbb/graphql');
    only.opens();
    only.closes();
    at(900);
    expect(sees().interrupted).toBe(false);
    at(1_100);
    expect(sees().interrupted).toBe(true);
  });
});
