import { usesLivekit } from '../../bbb/bridges.js';
import { Client } from './client.js';
import { errorScreen } from './modals.js';
import type * as livekitBundle from './livekit.js';
import { StartError, discover } from './settings.js';

type Livekit = typeof livekitBundle;

const app = document.getElementById('app')!;
try {
  const discovery = await discover();
  document.title = `${discovery.meetingName} (simulated)`;
  new Client(app, discovery, usesLivekit(discovery.bridges) ? (await livekit()).LivekitMedia : undefined).start();
} catch (error) {
  if (error instanceof StartError) errorScreen(app, error.key, error.message);
  else errorScreen(app, 'internal_error', 'The client could not start');
  console.error(error);
}

/** A bundle of its own (scripts/build.mjs): a path that esbuild cannot follow. */
async function livekit(): Promise<Livekit> {
  const script = '/html5client/livekit.js';
  return (await import(script)) as Livekit;
}
