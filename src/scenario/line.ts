/** What a user's line to the Internet is like, as seen from the user's computer. Browser users play it; a native user has the line of its machine. */
export interface LineProfile {
  /** Name of a built-in profile, or "custom". A label for reports. */
  readonly name: string;
  /** kbit/s towards the user, and from it. */
  readonly downKbps: number;
  readonly upKbps: number;
  /** Added to each packet in each direction, ms; so a round trip takes twice as much longer. */
  readonly delayMs: number;
  /** Standard deviation of that delay, ms; undefined: none. */
  readonly jitterMs?: number;
  /** Share 0–1 of packets lost in each direction; undefined: none. */
  readonly lossShare?: number;
}

/** Resolution and rate at which a user shares a camera: a camera profile of the client (settings.yml, `public.kurento.cameraProfiles`). */
export type CameraProfile = 'low' | 'medium' | 'high';

export type LineName = 'dsl' | 'lte' | 'crowded-wifi';

/**
 * Built-in lines. Assumptions, chosen at the lower end of what such lines give, not measurements of anyone's: a 16 Mbit/s DSL
 * contract that delivers two thirds; a phone in a busy LTE cell; a home or school Wi-Fi that many share, where packets get lost.
 */
export const LINE_PROFILES: Readonly<Record<LineName, LineProfile>> = {
  dsl: { name: 'dsl', downKbps: 10_000, upKbps: 1_000, delayMs: 15, jitterMs: 2 },
  lte: { name: 'lte', downKbps: 8_000, upKbps: 2_000, delayMs: 35, jitterMs: 10, lossShare: 0.005 },
  'crowded-wifi': { name: 'crowded-wifi', downKbps: 3_000, upKbps: 1_000, delayMs: 25, jitterMs: 20, lossShare: 0.03 },
};
