import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { HarnessError } from '../core/errors.js';
import { DEFAULT_CEILINGS, type Ceilings } from '../schedule/ceilings.js';
import type { Io } from './io.js';

const target = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2_000),
  secretEnv: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'must be the name of an environment variable')
    .default('BBB_SECRET'),
  /** Must be typed (or given with --confirm) before any load. */
  confirm: z.string().min(3).max(200).optional(),
  allowForeignMeetings: z.boolean().default(false),
});

const shape = z.strictObject({
  targets: z.record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/i, 'must be a short name'), target).default({}),
  ceilings: z
    .strictObject({ users: z.number().int().min(1).max(1e7), joinsPerSecond: z.number().positive().max(1e6), mbps: z.number().positive().max(1e7) })
    .partial()
    .default({}),
});

export type NamedTarget = z.infer<typeof target>;

/** What a site has laid down: its fleets by name, and what no scenario may pass. */
export interface SiteConfig {
  /** As shown to people. */
  readonly file: string;
  readonly targets: Readonly<Record<string, NamedTarget>>;
  readonly ceilings: Ceilings;
}

export const SITE_FILE = 'firstbell.config.yaml';
const MAX_BYTES = 256 * 1024;

/** The site's file: named, else the one here if there is one. Throws FILE_UNREADABLE, or USAGE with what is wrong in it. */
export async function readSiteConfig(io: Io, named: string | undefined): Promise<SiteConfig> {
  const file = named ?? io.env['FIRSTBELL_CONFIG'] ?? SITE_FILE;
  let text: string;
  try {
    text = await readFile(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (code === 'ENOENT' && file === SITE_FILE && named === undefined) return { file, targets: {}, ceilings: DEFAULT_CEILINGS };
    throw new HarnessError('FILE_UNREADABLE', `cannot read ${file}: ${code}`, { cause: error });
  }
  if (text.length > MAX_BYTES) throw new HarnessError('FILE_UNREADABLE', `${file} is too large for a configuration`);
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 20 }) as unknown;
  } catch (error) {
    throw new HarnessError('USAGE', `${file} is not YAML: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
  const parsed = shape.safeParse(value ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new HarnessError('USAGE', `${file}: ${issue.path.join('.') || 'the file'}: ${issue.message}`, { hint: 'docs/safety.md has an example' });
  }
  const { users, joinsPerSecond, mbps } = parsed.data.ceilings;
  return {
    file,
    targets: parsed.data.targets,
    ceilings: { users: users ?? DEFAULT_CEILINGS.users, joinsPerSecond: joinsPerSecond ?? DEFAULT_CEILINGS.joinsPerSecond, mbps: mbps ?? DEFAULT_CEILINGS.mbps },
  };
}

/** The target that `--target` names; undefined: none is named, and the file is not read. Throws as `readSiteConfig` and `targetNamed` do. */
export async function namedTarget(io: Io, { config, target: name }: { readonly config: string | undefined; readonly target: string | undefined }): Promise<NamedTarget | undefined> {
  return name === undefined ? undefined : targetNamed(await readSiteConfig(io, config), name);
}

/** A target by its name in the file. Throws USAGE with the names that there are. */
export function targetNamed(config: SiteConfig, name: string): NamedTarget {
  const found = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (found) return found;
  const names = Object.keys(config.targets);
  throw new HarnessError('USAGE', `${config.file} has no target "${name}"`, { hint: names.length === 0 ? 'it names none' : `it has ${names.join(', ')}` });
}
