import type { Page, WebSocket } from '@playwright/test';
import { parseServerFrame } from '../../src/bbb/graphql.js';
import { serverWords } from '../../src/bbb/message-keys.js';
import { parseSfuEvent, sfuErrorName } from '../../src/bbb/sfu.js';

/** Codes of the SFU that speak of ICE rather than of the SFU itself. */
const ICE_CODES: ReadonlySet<number> = new Set([2020, 2021, 2022, 1307]);

/** What the GraphQL and SFU sockets of a page went through, to tell which of them a failure comes from. Attach before the page loads. */
export class SocketWatch {
  graphql: 'none' | 'opened' | 'acknowledged' = 'none';
  /** The last refusal in the server's words. */
  graphqlError: string | undefined;
  sfu: 'none' | 'opened' | 'answers' = 'none';
  livekit: 'none' | 'opened' | 'answers' = 'none';
  sfuErrors: { readonly type: string; readonly code: number; readonly text: string }[] = [];

  constructor(page: Page) {
    page.on('websocket', (socket) => this.#attach(socket));
  }

  get iceFailed(): boolean {
    return this.sfuErrors.some(({ code }) => ICE_CODES.has(code));
  }

  #attach(socket: WebSocket): void {
    const { pathname } = new URL(socket.url());
    if (/\/(v1\/)?graphql$/.test(pathname)) {
      if (this.graphql === 'none') this.graphql = 'opened';
      socket.on('framereceived', ({ payload }) => this.#graphqlFrame(String(payload)));
      socket.on('socketerror', (text) => (this.graphqlError = serverWords(text)));
    } else if (pathname.endsWith('/bbb-webrtc-sfu')) {
      if (this.sfu === 'none') this.sfu = 'opened';
      socket.on('framereceived', ({ payload }) => this.#sfuFrame(String(payload)));
    } else if (/\/livekit\/rtc(\/|$)/.test(pathname)) {
      if (this.livekit === 'none') this.livekit = 'opened';
      socket.on('framereceived', () => (this.livekit = 'answers'));
    }
  }

  #graphqlFrame(text: string): void {
    if (this.graphql !== 'acknowledged' && text.includes('connection_ack')) this.graphql = 'acknowledged';
    if (!text.includes('"error"')) return;
    const frame = parseServerFrame(text);
    if (frame?.type !== 'error') return;
    const { messageId = '', message = '' } = frame.errors[0] ?? {};
    this.graphqlError = serverWords(`${messageId} ${message}`);
  }

  #sfuFrame(text: string): void {
    this.sfu = 'answers';
    const event = parseSfuEvent(text);
    if (event?.id !== 'error') return;
    this.sfuErrors = [...this.sfuErrors.slice(-9), { type: event.type, code: event.code, text: `${event.code} ${sfuErrorName(event.code) ?? serverWords(event.reason)}` }];
  }
}
