import { open, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Failure } from './count-errors.js';
import { RUN_FILES } from './run-data.js';

/** A screenshot taken when a user failed. */
export interface Evidence {
  readonly failure: Failure;
  /** `data:image/…`; undefined: not embedded, see `why`. */
  readonly dataUri: string | undefined;
  readonly why: 'missing' | 'no picture' | 'too much' | undefined;
}

export const MAX_EVIDENCE_BYTES = 1_500_000;
/** Failures look alike; beyond these the folder has the rest. */
const MAX_PICTURES = 12;

const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
];

/**
 * Reads the screenshots that failures name, for embedding, in order until `maxBytes` are used up. Paths come from a file and are held to
 * the folder `evidence/`; what is not a PNG or JPEG is left out. Different codes come first, so that each kind of failure is seen.
 */
export async function readEvidence(dir: string, failures: readonly Failure[], maxBytes = MAX_EVIDENCE_BYTES): Promise<readonly Evidence[]> {
  const found: Evidence[] = [];
  let left = maxBytes;
  for (const failure of inOrderOfInterest(failures)) {
    const read = found.filter(({ dataUri }) => dataUri !== undefined).length >= MAX_PICTURES ? ('too much' as const) : await readPicture(dir, failure.screenshot ?? '', left);
    if (typeof read === 'string') found.push({ failure, dataUri: undefined, why: read });
    else {
      found.push({ failure, dataUri: `data:${read.type};base64,${read.bytes.toString('base64')}`, why: undefined });
      left -= read.bytes.length;
    }
  }
  return found;
}

/** The first of each code and phase, then the others, each in order of time. */
function inOrderOfInterest(failures: readonly Failure[]): readonly Failure[] {
  const seen = new Set<string>();
  const first: Failure[] = [];
  const others: Failure[] = [];
  for (const failure of failures) {
    if (failure.screenshot === undefined) continue;
    const kind = `${failure.code} ${failure.phase}`;
    (seen.has(kind) ? others : first).push(failure);
    seen.add(kind);
  }
  return [...first, ...others];
}

async function readPicture(dir: string, path: string, maxBytes: number): Promise<{ readonly type: string; readonly bytes: Buffer } | 'missing' | 'no picture' | 'too much'> {
  try {
    const folder = await realpath(join(dir, RUN_FILES.evidence));
    const file = await realpath(resolve(dir, path));
    if (!file.startsWith(folder + sep)) return 'missing';
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) return 'too much';
      const bytes = await handle.readFile();
      const type = SIGNATURES.find(([, signature]) => signature.every((byte, at) => bytes[at] === byte))?.[0];
      return type === undefined ? 'no picture' : { type, bytes };
    } finally {
      await handle.close();
    }
  } catch {
    return 'missing';
  }
}
