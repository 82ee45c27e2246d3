// What `npm run demo` and `npm test` do first: everything that is missing on a fresh machine with Node and npm. Needs no package
// itself. Says one line per thing that it does; says nothing when all is there.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
// As package.json has it under engines: what the packages need (yargs 18).
const OLDEST_NODE = [20, 19];
const OLDEST_NODE_22 = [22, 12];
const DOWNLOAD_LIMIT_MS = 120_000;
const TRY_AGAIN_AFTER_MS = 24 * 60 * 60 * 1000;
const failedDownload = join(root, 'node_modules', '.cache', 'firstbell-no-download');
const buildStamp = join(root, 'dist', '.built');

class SetupError extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Sets up; ends the process with a message and an exit code when something must be done by hand. */
export async function setup() {
  try {
    checkNode();
    installDependencies();
    build();
    await findBrowser();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}`);
    process.exit(error.exitCode);
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const atLeast = ([oldest, oldestMinor]) => major > oldest || (major === oldest && minor >= oldestMinor);
  if (atLeast(OLDEST_NODE_22) || (major === OLDEST_NODE[0] && atLeast(OLDEST_NODE))) return;
  throw new SetupError(`Firstbell needs Node ${OLDEST_NODE.join('.')} or newer (${OLDEST_NODE_22.join('.')} of Node 22); this is ${process.version}. Install it from your system's packages or with a version manager.`, 2);
}

/** npm writes what it installed to node_modules/.package-lock.json; older than the lock file means outdated. */
function installDependencies() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && sameLock(installed)) return;
  step('Installing dependencies (npm ci)', () => run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-fund', '--no-audit'], { hint: 'npm ci failed; its message is above' }));
}

function sameLock(installed) {
  const versions = (path) => {
    const { packages = {} } = JSON.parse(readFileSync(path, 'utf8'));
    return Object.fromEntries(Object.entries(packages).filter(([name, one]) => name !== '' && one.optional !== true && one.devOptional !== true && one.peer !== true).map(([name, one]) => [name, one.version]));
  };
  try {
    const have = versions(installed);
    return Object.entries(versions(join(root, 'package-lock.json'))).every(([name, version]) => have[name] === version);
  } catch {
    return false;
  }
}

function build() {
  const newest = Math.max(newestIn(join(root, 'src')), statSync(join(root, 'scripts', 'build.mjs')).mtimeMs, statSync(join(root, 'tsconfig.json')).mtimeMs);
  if (existsSync(buildStamp) && statSync(buildStamp).mtimeMs >= newest) return;
  step('Building', () => run(process.execPath, [join(root, 'scripts', 'build.mjs')], { hint: 'the build failed; its message is above' }));
  writeFileSync(buildStamp, '');
}

function newestIn(dir) {
  return readdirSync(dir, { withFileTypes: true }).reduce((newest, entry) => Math.max(newest, entry.isDirectory() ? newestIn(join(dir, entry.name)) : statSync(join(dir, entry.name)).mtimeMs), 0);
}

async function findBrowser() {
  let missing = await whatIsMissing();
  const mended = async () => (missing = await whatIsMissing()) === undefined;
  if (missing === undefined) return;
  if (!triedLately() && download() && ((await mended()) || (installLibraries() && (await mended())))) return;
  if (installByApt() && (await mended())) return;
  throw noBrowser(missing);
}

/** Takes the error of the search. Of a browser that is there and does not start it says what helps; to download it once more does not. */
export function noBrowser({ message, hint = '' }) {
  const broken = hint.includes('install-deps');
  return new SetupError(
    [
      ...(broken
        ? [message, `  help: ${hint}`, '', 'Do that, or one of these, then run the command again:']
        : ['No Chromium was found, and it could not be installed from here. Do one of these, then run the command again:', '  npx playwright install --only-shell chromium              (downloads it; needs internet)']),
      '  sudo apt-get install chromium chromium-headless-shell      (Debian; on Ubuntu install Google Chrome instead, its chromium is a snap)',
      '  brew install --cask chromium                               (macOS)',
      '  export FIRSTBELL_BROWSER=/path/to/chromium                 (a Chromium or Chrome that is there already)',
    ].join('\n'),
    4,
  );
}

/** The same search that a run makes: its error, or undefined if it finds a browser that starts. */
async function whatIsMissing() {
  const { findBrowser: search } = await import(pathToFileURL(join(root, 'dist', 'browser', 'find-browser.js')).href);
  try {
    await search({ wanted: process.env.FIRSTBELL_BROWSER, path: process.env.PATH, platform: process.platform });
    return undefined;
  } catch (error) {
    if (process.env.FIRSTBELL_BROWSER) throw new SetupError(`${error.message}\n${error.hint ?? ''}`, 4);
    return error;
  }
}

function triedLately() {
  return existsSync(failedDownload) && Date.now() - statSync(failedDownload).mtimeMs < TRY_AGAIN_AFTER_MS;
}

/** Playwright's own browser. Where downloads are blocked this fails, and is not tried again for a day. */
function download() {
  console.log("Downloading a browser (Playwright's Chromium headless shell) …");
  const startMs = Date.now();
  const result = spawnSync(process.execPath, [join(root, 'node_modules', 'playwright', 'cli.js'), 'install', '--only-shell', 'chromium'], { cwd: root, stdio: 'ignore', timeout: DOWNLOAD_LIMIT_MS });
  if (result.status === 0) {
    console.log(`  done in ${seconds(startMs)} s`);
    return true;
  }
  console.log(`  not possible here (${seconds(startMs)} s)`);
  mkdirSync(dirname(failedDownload), { recursive: true });
  writeFileSync(failedDownload, '');
  return false;
}

/** What that browser needs of the system, which a server often lacks. */
function installLibraries() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  console.log("Installing the libraries that the browser needs (Playwright's install-deps) …");
  const startMs = Date.now();
  const result = spawnSync(process.execPath, [join(root, 'node_modules', 'playwright', 'cli.js'), 'install-deps', 'chromium'], { cwd: root, stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  console.log(result.status === 0 ? `  done in ${seconds(startMs)} s` : '  not possible here');
  return result.status === 0;
}

function installByApt() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) return false;
  if (/^ID=ubuntu$/m.test(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '')) {
    console.log("Ubuntu's chromium package is a snap and does not run without a session; not installed.");
    return false;
  }
  return aptInstall(['chromium', 'chromium-headless-shell']);
}

/**
 * Servers that some tests run against. Where they cannot be installed those tests are skipped, and say so. Debian starts what it
 * installs, and tests need the programs only: a machine that starts services at installation is left as it is.
 */
export function offerTestServers(servers) {
  const missing = Object.entries(servers).filter(([command]) => !onPath(command) && !existsSync(join('/usr/sbin', command)));
  if (missing.length === 0 || process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('apt-get')) return;
  const packages = missing.map(([, name]) => name);
  if (existsSync('/run/systemd/system')) console.log(`Tests that need ${packages.join(' or ')} are skipped: to have them run, apt-get install ${packages.join(' ')} and disable the services`);
  else aptInstall(packages);
}

function aptInstall(packages) {
  console.log(`Installing the packages ${packages.join(' and ')} (apt-get) …`);
  const startMs = Date.now();
  // In runlevel 1 init scripts are not started.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', ...packages]]) {
    const result = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
    if (result.status !== 0) {
      console.log(`  apt-get ${args[0]} failed`);
      return false;
    }
  }
  console.log(`  done in ${seconds(startMs)} s`);
  return true;
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function step(what, work) {
  console.log(`${what} …`);
  const startMs = Date.now();
  work();
  console.log(`  done in ${seconds(startMs)} s`);
}

function run(command, args, { hint }) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) throw new SetupError(hint, 1);
}

function seconds(startMs) {
  return ((Date.now() - startMs) / 1000).toFixed(1);
}

if (process.argv[1] && pathToFileURL(process.argv[1]).href === import.meta.url) await setup();
