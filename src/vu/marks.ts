/**
 * Time marks in sound and picture. The one user of a meeting who sends them (the teacher) sends each at an instant that anyone who
 * knows the meeting's id and the time can work out, so a witness in another process or on another machine finds the delay alone.
 * Pure and without imports: the page script of browser users and scripts/media-assets.mjs use it, too.
 */

/** A tone pair sounds so often, at multiples of this in the time of the marks. */
export const TONE_EVERY_MS = 2_000;
export const TONE_MS = 120;
/** Stillness before and after a tone, so that its beginning stands out of speech. */
export const TONE_GUARD_MS = 80;

/**
 * Tone pairs in turn, Hz: one low and one high, inside the band of a telephone, so that dialled-in and transcoded sound keeps
 * them. The spacing is three bins of a window of 20 ms.
 */
export const TONES: readonly (readonly [number, number])[] = [
  [1_100, 2_100],
  [1_250, 2_300],
  [1_400, 2_500],
  [1_550, 2_700],
  [1_700, 2_900],
];

/** The time of the marks in sound begins anew after so long: a delay below it is found without doubt. */
export const TONE_CYCLE_MS = TONE_EVERY_MS * TONES.length;

/** The picture carries the number of its slot: its frame at 15 frames a second. */
export const SLOTS_PER_SEC = 15;
export const SLOTS = 120;
export const SLOT_MS = 1_000 / SLOTS_PER_SEC;
export const SLOT_CYCLE_MS = SLOTS * SLOT_MS;

/** Length of the pre-encoded speech, and the longest of the cycles: a multiple of both others. */
export const PHASES_MS = 40_000;

/** What may still be a delay: clocks that are not in step make it negative, which is seen as such and not as one of a whole cycle less. */
const EARLIEST_MS = -1_000;

/**
 * How far the marks of a meeting are behind the epoch, ms, 0 to PHASES_MS: the teachers of a fleet neither speak in chorus nor
 * send their key frames at the same instant. FNV-1a of the external meeting id.
 */
export function phaseOf(meetingId: string): number {
  let hash = 0x811c9dc5;
  for (const unit of meetingId) hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193);
  return (hash >>> 0) % PHASES_MS;
}

/**
 * Who sends marks: the teacher, who is heard and seen by all. Two teachers of a meeting send the same marks at the same time, so
 * a witness cannot confuse them; pupils send none.
 */
export function sendsMarks({ role }: { readonly role: 'teacher' | 'pupil' }): boolean {
  return role === 'teacher';
}

/** The rest of a division that is never negative. */
export function modulo(value: number, divisor: number): number {
  const rest = value % divisor;
  return rest < 0 ? rest + divisor : rest;
}

/**
 * Delay of a mark, ms, −1,000 to cycle − 1,000: it was due at `markMs` in its cycle and was perceived at `atMs`, Unix time less
 * the meeting's phase. Negative: the clocks of the two ends disagree by more than the delay.
 */
export function delayOf(atMs: number, markMs: number, cycleMs: number): number {
  return modulo(atMs - markMs - EARLIEST_MS, cycleMs) + EARLIEST_MS;
}

/** The strip at the top of the picture: so many blocks side by side, and this share of the height. */
export const BLOCKS = 16;
export const STRIP_SHARE = 1 / 12;
/** Luma of a dark and a bright block. */
export const DARK = 32;
export const BRIGHT = 220;

const SLOT_BITS = 7;
const CHECK_BITS = 5;
/** At the left and at the right end; they also tell dark from bright. */
const LEFT = [true, false] as const;
const RIGHT = [false, true] as const;
/** Levels of the two kinds are at least so far apart, of 255; each block is clearly one or the other. */
const MIN_CONTRAST = 70;
const CLEARLY = 0.3;

/** Bright (true) and dark blocks of the strip of a slot. */
export function stripOf(slot: number): readonly boolean[] {
  return [...LEFT, ...bits(slot, SLOT_BITS), ...bits(checkOf(slot), CHECK_BITS), ...RIGHT];
}

/** The slot that a strip shows; undefined: this is no strip. `levels`: brightness of each block, 0–255. */
export function slotOf(levels: readonly number[]): number | undefined {
  if (levels.length !== BLOCKS) return undefined;
  const bright = (levels[0]! + levels[BLOCKS - 1]!) / 2;
  const dark = (levels[1]! + levels[BLOCKS - 2]!) / 2;
  if (bright - dark < MIN_CONTRAST) return undefined;
  let word = 0;
  for (const level of levels) {
    const place = (level - dark) / (bright - dark);
    if (place > CLEARLY && place < 1 - CLEARLY) return undefined;
    word = word * 2 + (place >= 0.5 ? 1 : 0);
  }
  const slot = (word >> (CHECK_BITS + RIGHT.length)) & (2 ** SLOT_BITS - 1);
  if (slot >= SLOTS) return undefined;
  return stripOf(slot).reduce((sum, one) => sum * 2 + (one ? 1 : 0), 0) === word ? slot : undefined;
}

/** A dark or striped wall must not pass for a strip: remainder by a prime, never that of zero. */
function checkOf(slot: number): number {
  return ((slot * 11) % 31) + 1;
}

function bits(value: number, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => ((value >> (count - 1 - index)) & 1) === 1);
}

export interface HeardTone {
  /** Which of TONES. */
  readonly tone: number;
  /** Where it begins, ms from the first sample. */
  readonly atMs: number;
}

const WINDOW_MS = 20;
/** A tone must be this much stronger than the others of its row, and the pair hold this share of all energy. */
const DOMINANCE = 6;
const MIN_SHARE = 0.35;
/** Below this mean square there is nothing: −60 dB of full scale. */
const MIN_POWER = 1e-6;
/** Windows in a row that hold the same pair: of TONE_MS, less one at each end, less one for a jitter buffer that cuts. */
const MIN_WINDOWS = TONE_MS / WINDOW_MS - 3;

/**
 * The marks in a stretch of sound, those cut by its ends left out. Windows of 20 ms find a pair; its beginning is where the
 * power of the pair passes half of its plateau in amplitude, found by windows that slide by 2 ms and interpolated: a window
 * that is half inside the tone has half the amplitude. Costs about a millisecond for two seconds at 16 kHz.
 */
export function tonesIn(samples: Float32Array, samplesPerSec: number): readonly HeardTone[] {
  const size = Math.round((WINDOW_MS * samplesPerSec) / 1_000);
  const windows = Math.floor(samples.length / size);
  const found: HeardTone[] = [];
  let run = 0;
  let running: number | undefined;
  for (let index = 0; index <= windows; index++) {
    const tone = index < windows ? toneOf(samples, index * size, size, samplesPerSec) : undefined;
    if (tone !== undefined && tone === running) {
      run++;
      continue;
    }
    // A run that touches the end may go on behind it, one at the beginning may have begun before.
    const first = index - run;
    if (running !== undefined && run >= MIN_WINDOWS && index < windows && first > 1) {
      const onset = onsetOf(samples, first * size, size, running, samplesPerSec);
      found.push({ tone: running, atMs: (onset / samplesPerSec) * 1_000 });
    }
    running = tone;
    run = tone === undefined ? 0 : 1;
  }
  return found;
}

function toneOf(samples: Float32Array, from: number, size: number, samplesPerSec: number): number | undefined {
  let energy = 0;
  for (let index = from; index < from + size; index++) energy += samples[index]! * samples[index]!;
  if (energy / size < MIN_POWER) return undefined;
  const low = strongest(TONES.map(([hertz]) => powerAt(samples, from, size, hertz, samplesPerSec)));
  if (low === undefined) return undefined;
  const high = strongest(TONES.map(([, hertz]) => powerAt(samples, from, size, hertz, samplesPerSec)));
  if (high?.index !== low.index || low.power + high.power < MIN_SHARE * energy) return undefined;
  return low.index;
}

function strongest(powers: readonly number[]): { readonly index: number; readonly power: number } | undefined {
  const power = Math.max(...powers);
  const index = powers.indexOf(power);
  const next = Math.max(...powers.filter((_, other) => other !== index));
  return power > DOMINANCE * next ? { index, power } : undefined;
}

const SLIDE_MS = 2;

/** Sample at which the pair begins, near the window that starts at `from`. */
function onsetOf(samples: Float32Array, from: number, size: number, tone: number, samplesPerSec: number): number {
  const [low, high] = TONES[tone]!;
  const amplitude = (start: number): number => Math.sqrt(powerAt(samples, start, size, low, samplesPerSec) + powerAt(samples, start, size, high, samplesPerSec));
  const plateau = amplitude(from + size);
  const step = Math.round((SLIDE_MS * samplesPerSec) / 1_000);
  let start = from + size;
  let above = plateau;
  while (start - step >= 0 && start > from - 2 * size) {
    const below = amplitude(start - step);
    if (below < plateau / 2) {
      const share = (above - plateau / 2) / Math.max(above - below, Number.EPSILON);
      return start - share * step + size / 2;
    }
    above = below;
    start -= step;
  }
  return from;
}

/** Goertzel: energy of one frequency in a window, on the scale of the sum of squares. */
function powerAt(samples: Float32Array, from: number, size: number, hertz: number, samplesPerSec: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / samplesPerSec);
  let before = 0;
  let last = 0;
  for (let index = from; index < from + size; index++) {
    const now = samples[index]! + factor * last - before;
    before = last;
    last = now;
  }
  return (2 * (last * last + before * before - factor * last * before)) / size;
}
