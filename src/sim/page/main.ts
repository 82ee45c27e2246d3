import { Client } from './client.js';
import { errorScreen } from './modals.js';
import { StartError, discover } from './settings.js';

const app = document.getElementById('app')!;
try {
  const discovery = await discover();
  document.title = `${discovery.meetingName} (simulated)`;
  new Client(app, discovery).start();
} catch (error) {
  if (error instanceof StartError) errorScreen(app, error.key, error.message);
  else errorScreen(app, 'internal_error', 'The client could not start');
  console.error(error);
}
