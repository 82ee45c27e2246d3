import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HarnessError } from '../core/errors.js';
import { uniqueToken } from '../core/random.js';
import { CALIBRATION, type Calibration } from '../schedule/calibration.js';
import type { Io } from './io.js';

const MAX_CHARS = 64 * 1_024;

/** Where this machine's calibration is kept unless told; undefined: nowhere, the environment names no home. */
export function calibrationPath({ env }: Pick<Io, 'env'>): string | undefined {
  const base = env['XDG_CONFIG_HOME'] || (env['HOME'] ? join(env['HOME'], '.config') : undefined);
  return base === undefined ? undefined : join(base, 'firstbell', 'calibration.json');
}

/** Named, or this machine's; undefined: there is none of its own. Throws FILE_UNREADABLE when it is not what `calibrate` writes. */
export async function readCalibration(io: Pick<Io, 'env' | 'cwd'>, named?: string): Promise<Calibration | undefined> {
  const path = named === undefined ? calibrationPath(io) : resolve(io.cwd, named);
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (code === 'ENOENT' && named === undefined) return undefined;
    throw new HarnessError('FILE_UNREADABLE', `cannot read ${path}: ${code}`, { cause: error });
  }
  const parsed = text.length > MAX_CHARS ? undefined : CALIBRATION.safeParse(parseJson(text));
  if (!parsed?.success) throw new HarnessError('FILE_UNREADABLE', `${path} is no calibration of this version`, { hint: 'run `firstbell calibrate` again, or remove the file' });
  return parsed.data;
}

/** Replaces the file as a whole. Throws FILE_UNREADABLE if it cannot be written. */
export async function writeCalibration(path: string, calibration: Calibration): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const made = `${path}.${uniqueToken(6)}`;
    await writeFile(made, `${JSON.stringify(calibration, null, 2)}\n`);
    await rename(made, path);
  } catch (error) {
    throw new HarnessError('FILE_UNREADABLE', `cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unwritable'}`, { hint: 'name another place with --out', cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
