import type { MetricName, TagName, Tags } from './catalogue.js';
import type { SeriesSet } from './series-set.js';
import type { Threshold } from './threshold.js';

/** A rate that tells of whom something should have been measured, and did not come; `kind`: only users of this kind measure it. */
interface Teller {
  readonly metric: MetricName;
  readonly kind?: 'browser' | 'native';
}

const JOIN: Teller = { metric: 'join_failed' };
const AUDIO: Teller = { metric: 'audio_absent' };
const VIDEO: Teller = { metric: 'video_absent' };

const TELLERS: Readonly<Partial<Record<MetricName, Teller>>> = {
  join_time: JOIN,
  join_service_time: JOIN,
  audio_jitter: AUDIO,
  audio_loss: AUDIO,
  audio_bitrate: AUDIO,
  audio_concealed: { ...AUDIO, kind: 'browser' },
  mos: AUDIO,
  video_loss: VIDEO,
  video_jitter: VIDEO,
  video_bitrate: VIDEO,
  video_fps: VIDEO,
  video_height: { ...VIDEO, kind: 'browser' },
  video_freeze_ratio: { ...VIDEO, kind: 'browser' },
  chat_delivery: { metric: 'chat_undelivered' },
  hand_delivery: { metric: 'hand_undelivered' },
  slide_delivery: { metric: 'slide_undelivered' },
  poll_delivery: { metric: 'poll_undelivered' },
  draw_delivery: { metric: 'draw_undelivered' },
};

/** Phases that everybody of a kind goes through, or for which somebody waits; sound is connected only by those who want it. */
const PHASE_TELLERS: Readonly<Record<string, Teller>> = {
  api: JOIN,
  page: { ...JOIN, kind: 'browser' },
  socket: { ...JOIN, kind: 'native' },
  ready: JOIN,
  first_audio: AUDIO,
  first_video: VIDEO,
};

function tellerOf({ metric, tags }: Pick<Threshold, 'metric' | 'tags'>): Teller | undefined {
  if (metric !== 'join_phase_time' && metric !== 'join_phase_service_time') return TELLERS[metric];
  return tags.phase === undefined ? JOIN : PHASE_TELLERS[tags.phase];
}

/** Metrics that a threshold is judged by: its own, and with `each` the one that tells where something was missing. */
export function metricsOf(threshold: Pick<Threshold, 'metric' | 'tags' | 'each'>): readonly MetricName[] {
  const teller = threshold.each === undefined ? undefined : tellerOf(threshold);
  return teller === undefined ? [threshold.metric] : [threshold.metric, teller.metric];
}

/**
 * Values of the tag `each` where somebody was left without what the metric measures: a server into which nobody got has no time to join, one whose
 * pictures never came no frames. Only what is known to have failed counts (a 1 of the rate), so that a server on which there was nothing to measure is
 * not asked.
 */
export function lackingValues({ metric, tags, each }: Pick<Threshold, 'metric' | 'tags'> & { readonly each: TagName }, series: SeriesSet): readonly string[] {
  const teller = tellerOf({ metric, tags });
  if (teller === undefined) return [];
  const { kind } = teller;
  if (kind !== undefined && tags.kind !== undefined && tags.kind !== kind) return [];
  // Rates do not know the phase; which of them tells does.
  const { phase: _, ...others } = tags;
  const filter: Tags = { ...others, ...(kind === undefined ? {} : { kind }) };
  return [...series.byTag(teller.metric, each, filter)].flatMap(([value, { sum = 0 }]) => (sum > 0 && (each !== 'kind' || kind === undefined || value === kind) ? [value] : []));
}
