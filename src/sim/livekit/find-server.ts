import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What of the environment says where a livekit-server is. */
export type LivekitEnv = Readonly<Record<string, string | undefined>>;

export const LIVEKIT_ENV = 'FIRSTBELL_LIVEKIT_SERVER';

/** A livekit-server of this machine: named by FIRSTBELL_LIVEKIT_SERVER, in PATH, or built by scripts/livekit-server.mjs. Undefined: there is none. */
export function findLivekitServer(env: LivekitEnv): string | undefined {
  const named = env[LIVEKIT_ENV];
  const inPath = (env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'livekit-server'));
  const cache = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return [...(named ? [named] : []), ...inPath, join(cache, 'firstbell', 'livekit-server')].find(executable);
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
