// Finds or builds livekit-server, which the simulator's BigBlueButton 4.0 uses for media, and prints its path:
//
//   node scripts/livekit-server.mjs           find it, or build it with Go
//   node scripts/livekit-server.mjs --find    only look; exit code 1 if there is none
//
// Looked for: FIRSTBELL_LIVEKIT_SERVER, `livekit-server` in PATH, then what an earlier call built. Only for development and CI:
// Firstbell itself needs Node alone, and tests without a livekit-server are skipped with a line that says so.
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Releases that can be built with a Go of 2026 from the public module proxy, the newest first. */
const VERSIONS = ['v1.11.0', 'v1.9.12', 'v1.8.4'];
const PACKAGE = 'github.com/livekit/livekit-server/cmd/server';
const LIMIT_MS = 20 * 60_000;

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'firstbell');
/** The simulator looks for this name, too (src/sim/livekit/find-server.ts). */
const built = join(cache, 'livekit-server');

const found = find();
if (found !== undefined) {
  console.error(`livekit-server: ${versionOf(found)}`);
  console.log(found);
} else if (process.argv.includes('--find')) {
  console.error('There is no livekit-server: neither FIRSTBELL_LIVEKIT_SERVER nor PATH names one, and none was built.');
  process.exitCode = 1;
} else {
  process.exitCode = build() ? 0 : 1;
}

function find() {
  const named = process.env.FIRSTBELL_LIVEKIT_SERVER;
  const inPath = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'livekit-server'));
  return [...(named ? [named] : []), ...inPath, built].find(executable);
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function versionOf(file) {
  try {
    return execFileSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 }).trim();
  } catch {
    return 'of an unknown version';
  }
}

function build() {
  const go = ['go', '/usr/local/go/bin/go'].find((name) => spawnSync(name, ['version']).status === 0);
  if (go === undefined) {
    console.error('There is no livekit-server, and no Go to build one with.');
    return false;
  }
  mkdirSync(cache, { recursive: true });
  for (const version of VERSIONS) {
    console.error(`Building livekit-server ${version}; this takes some minutes the first time ...`);
    const bin = mkdtempSync(join(cache, 'build-'));
    try {
      const { status } = spawnSync(go, ['install', `${PACKAGE}@${version}`], { stdio: ['ignore', 'inherit', 'inherit'], timeout: LIMIT_MS, env: { ...process.env, GOBIN: bin, GOFLAGS: '' } });
      const made = join(bin, 'server');
      if (status === 0 && existsSync(made)) {
        renameSync(made, built);
        console.error(`livekit-server: ${versionOf(built)}`);
        console.log(built);
        return true;
      }
      console.error(`livekit-server ${version} could not be built.`);
    } finally {
      rmSync(bin, { recursive: true, force: true });
    }
  }
  return false;
}
