/**
 * Quality of speech as the E-model estimates it (ITU-T G.107, narrowband form).
 *
 *   R = R₀ − Id − Ie,eff          MOS = 1 + 0.035·R + R·(R − 60)·(100 − R)·7·10⁻⁶, between 1 and 4.5
 *
 * Opus has no standardised equipment impairment, so these are estimates for comparing runs, not absolute figures.
 */
export const MOS_ASSUMPTIONS = {
  /** R₀ − Is of G.107 with all its defaults. */
  baseRating: 93.2,
  /** Ie: Opus at the bit rates of BBB (24 kbit/s and more) as good as G.711; not standardised. */
  equipmentImpairment: 0,
  /** Bpl: robustness of the decoder against loss, concealment without redundancy; not standardised (G.113 has 4.3 to 25.1 for other codecs). */
  lossRobustness: 10,
  /** One packet, and the look-ahead of Opus. */
  packetMs: 20,
  lookAheadMs: 6.5,
  /** The jitter buffer holds twice the jitter, but this at least. */
  minJitterBufferMs: 40,
  /** Mixing on the server takes a packet's length. */
  mixerMs: 20,
} as const;

/** What a listener's interval was like. Delays in ms, loss 0–1 (concealed share where it is known: it has late packets, too). */
export interface Listening {
  /** Between listener and server and back. The speaker is taken to be as far away, so the way is half of it twice. */
  readonly rttMs: number;
  readonly jitterMs: number;
  readonly lossRatio: number;
  /** Measured delay from mouth to ear; taken instead of the sum of assumptions. */
  readonly mouthToEarMs?: number | undefined;
}

/** One-way delay from mouth to ear, ms. */
export function mouthToEarMs({ rttMs, jitterMs, mouthToEarMs: measuredMs }: Listening): number {
  if (measuredMs !== undefined) return measuredMs;
  const { packetMs, lookAheadMs, minJitterBufferMs, mixerMs } = MOS_ASSUMPTIONS;
  return rttMs + packetMs + lookAheadMs + mixerMs + Math.max(minJitterBufferMs, 2 * jitterMs);
}

/** Transmission rating R, 0 to 93.2, from one-way delay (ms) and loss (0–1, spread at random). Delay impairment: Cole and Rosenbluth's form of G.107's Idd. */
export function rating(delayMs: number, lossRatio: number): number {
  const { baseRating, equipmentImpairment, lossRobustness } = MOS_ASSUMPTIONS;
  const lossPercent = 100 * Math.min(1, Math.max(0, lossRatio));
  const delay = Math.max(0, delayMs);
  const delayImpairment = 0.024 * delay + 0.11 * Math.max(0, delay - 177.3);
  const effectiveImpairment = equipmentImpairment + ((95 - equipmentImpairment) * lossPercent) / (lossPercent + lossRobustness);
  return Math.max(0, baseRating - delayImpairment - effectiveImpairment);
}

/** Mean opinion score of a rating (G.107 Annex B); the polynomial dips below 1 near R = 3 and is held at 1. */
export function opinionOf(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

/** Mean opinion score of what a listener heard, 1 to 4.5. */
export function meanOpinion(listening: Listening): number {
  return opinionOf(rating(mouthToEarMs(listening), listening.lossRatio));
}
