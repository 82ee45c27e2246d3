import type { Random } from '../../src/core/random.js';

/** What a step of a modelled fleet showed. */
export interface ModelledStep {
  readonly held: boolean;
  /** Expression of the threshold that broke first. */
  readonly broke: string | undefined;
}

export interface ModelledFleet {
  readonly name: string;
  /** Users at which the figure without noise meets its threshold. */
  readonly knee: number;
  readonly breaks: string;
  step(users: number, random: Random): ModelledStep;
}

export const EXPRESSIONS = { join: 'join_time p(95) < 10 s', loss: 'audio_loss p(95) < 2%', admitted: 'join_time p(95) < 20 s', failed: 'join_failed rate < 1%' } as const;

/** Each figure over its limit without noise, as a function of the share of the hidden capacity; above 1 it breaks. */
const MODELS: Readonly<Record<string, { readonly breaks: string; readonly strain: (share: number) => number }>> = {
  // Delay in a queue with one server, 1/(1 − u); the limit is where u is 0.9.
  cpu: { breaks: EXPRESSIONS.join, strain: (share) => 0.1 / Math.max(0.001, 1 - 0.9 * share) },
  // What does not fit the line is lost, over a small loss that is always there; the limit is 2 %.
  line: { breaks: EXPRESSIONS.loss, strain: (share) => (0.004 + Math.max(0, 1 - 1 / (1.016 * share))) / 0.01975 },
  // All come at once and are let in at a rate: the last waits in proportion to the number.
  admission: { breaks: EXPRESSIONS.admitted, strain: (share) => share },
  // Beyond the limit each further one is refused; 1 % may.
  connections: { breaks: EXPRESSIONS.failed, strain: (share) => (0.002 + Math.max(0, 1 - 0.992 / share)) / 0.01 },
};

/** A threshold that breaks for reasons that have nothing to do with load. */
export const FLUKE = 'chat_undelivered rate < 1%';

/** A fleet whose capacity the search must find; `noise` is the spread of the logarithm of what is measured, `flukes` the chance that a step breaks whatever the load. */
export function modelledFleet(model: string, knee: number, noise = 0.05, flukes = 0): ModelledFleet {
  const { breaks, strain } = MODELS[model]!;
  return {
    name: model,
    knee,
    breaks,
    step: (users, random) => {
      const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
      if (flukes > 0 && random.next() < flukes) return { held: false, broke: FLUKE };
      const held = strain(users / knee) * Math.exp(noise * normal) < 1;
      return { held, broke: held ? undefined : breaks };
    },
  };
}

export const MODEL_NAMES = Object.keys(MODELS);
