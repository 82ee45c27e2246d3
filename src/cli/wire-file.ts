import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { HarnessError } from '../core/errors.js';
import { parseProfile, RECORDED_PROFILE, type WireProfile } from '../native/wire-profile.js';
import { WRITTEN_PROFILE_4 } from '../native/wire-profile-4.js';
import type { Io } from './io.js';

export interface WireFile {
  readonly profile: WireProfile;
  /** As it stands in the file. */
  readonly text: string;
}

/** Name of the built-in profile wherever a file can be given. */
export const RECORDED = 'recorded';
/** The one for servers of 4.0, as long as none was learned. */
export const WRITTEN_4 = 'written-4.0';
const MAX_BYTES = 8 * 1024 * 1024;

/** A wire profile by file, or the built-in one by its name. Throws FILE_UNREADABLE. */
export async function readWireFile(io: Io, file: string): Promise<WireFile> {
  const builtIn = { [RECORDED]: RECORDED_PROFILE, [WRITTEN_4]: WRITTEN_PROFILE_4 }[file];
  if (builtIn) return { profile: builtIn, text: wireText(builtIn) };
  const path = resolve(io.cwd, file);
  const shown = relative(io.cwd, path) || path;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new HarnessError('FILE_UNREADABLE', `cannot read ${shown}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, { hint: `\`firstbell learn --output ${shown}\` writes a wire profile; "${RECORDED}" is the built-in one`, cause: error });
  }
  if (text.length > MAX_BYTES) throw new HarnessError('FILE_UNREADABLE', `${shown} is too large for a wire profile`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HarnessError('FILE_UNREADABLE', `${shown} is not JSON`, { hint: '`firstbell learn` writes wire profiles', cause: error });
  }
  return { profile: parseProfile(value), text };
}

/** As `learn` writes it: one field a line, so that changes have lines. */
export function wireText(profile: WireProfile): string {
  return `${JSON.stringify(profile, undefined, 1)}\n`;
}
