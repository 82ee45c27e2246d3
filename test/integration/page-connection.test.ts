import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { browserFlags } from '../../src/browser/flags.js';
import { builtFile } from '../../src/core/paths.js';
import { browserForTests } from '../fakes/test-browser.js';

const root = process.getuid?.() === 0;
/** As a client of 3.0 near the end of its meeting: the bar stands while the connection is there. */
const PAGE = '<div id="layout"><div data-test="notificationBannerBar">5 minutes remaining</div></div>';

it('knows a lost connection by the socket of the client, whatever its notification bar shows', async () => {
  const http = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(PAGE));
  const sockets = new WebSocketServer({ server: http });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const browser = await chromium.launch({ executablePath: browserForTests(), args: [...browserFlags({ root, cameraFps: 15, pixelDensity: 1 })] });
  try {
    const page = await browser.newPage();
    const looks: string[] = [];
    await page.exposeBinding('firstbellTell', (_source, text: string) => {
      const { is, state } = JSON.parse(text) as { is: string; state: string };
      if (is === 'looks') looks.push(state);
    });
    const config = { statsEveryMs: 50, firstMediaEveryMs: 50, endedSelector: '#ended', errorSelector: '#error', witness: { chat: '#chat', chatText: '#text', userList: '#users', userItem: '#user' }, marks: { sends: false, behindMs: 0 }, relayOnly: false };
    await page.addInitScript({ content: `window.firstbellConfig = ${JSON.stringify(config)};\n${readFileSync(builtFile('browser/page/probe.js'), 'utf8')}` });
    await page.goto(`http://${host}/`);
    const shows = async (...wanted: readonly string[]): Promise<void> => {
      while (looks.length < wanted.length) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(looks).toEqual(wanted);
    };
    const connect = (): Promise<unknown> => page.evaluate(`new Promise((resolve) => { const socket = new WebSocket('ws://${host}/bbb-01/graphql', 'graphql-transport-ws'); socket.onopen = () => resolve(socket instanceof WebSocket && WebSocket.OPEN === 1); })`);
    expect(await connect()).toBe(true);
    await shows('fine');
    for (const socket of sockets.clients) socket.close(1011);
    await shows('fine', 'interrupted');
    await connect();
    await shows('fine', 'interrupted', 'fine');
  } finally {
    await browser.close();
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  }
});
