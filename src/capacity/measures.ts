import { METRICS, type MetricInfo, type MetricName, type TagName } from '../metrics/catalogue.js';

/** Which figure of a metric is compared; mean of a rate is its share of true. */
export type Figure = 'p50' | 'p95' | 'mean';

/** How a metric is compared. A change within the larger of `relative` × before and `absolute` (in the metric's unit) is none. */
export interface Measure {
  readonly metric: MetricName;
  readonly better: 'lower' | 'higher';
  readonly relative: number;
  readonly absolute: number;
  /** Figures over everybody. */
  readonly figures: readonly Figure[];
  /** Compared for each value of these tags too, by the figure named. */
  readonly by: Readonly<Partial<Record<TagName, Figure>>>;
}

type Shape = Omit<Measure, 'metric'>;

const latency = (absolute: number, by: Measure['by'] = {}, relative = 0.2): Shape => ({ better: 'lower', relative, absolute, figures: ['p50', 'p95'], by });
const share = (absolute: number, by: Measure['by'] = {}): Shape => ({ better: 'lower', relative: 0, absolute, figures: ['mean'], by });
const quality = (relative: number, absolute: number, by: Measure['by'] = {}): Shape => ({ better: 'higher', relative, absolute, figures: ['p50'], by });

/** Tolerances: what a fleet that did not change differs by from one day to the next, and nobody notices. */
const NAMED: Readonly<Partial<Record<MetricName, Shape>>> = {
  join_time: latency(300, { server: 'p95', role: 'p95' }),
  join_failed: share(0.01, { role: 'mean' }),
  users_lost: share(0.01, { role: 'mean', server: 'mean' }),
  join_phase_time: { ...latency(300, { phase: 'p50' }), figures: [] },
  api_time: { ...latency(100, { call: 'p50' }), figures: [] },
  step_time: { ...latency(200, { step: 'p50' }), figures: ['p95'] },
  rtt: latency(20, { server: 'p95' }),
  network_rtt: latency(50, { server: 'p95' }),
  application_rtt: latency(50, { server: 'p95' }),
  reconnect_time: latency(1_000, {}, 0.3),
  media_reconnect_time: latency(1_000, {}, 0.3),
  audio_jitter: { ...latency(5, { server: 'p95' }), figures: ['p95'] },
  audio_loss: { ...share(0.005, { server: 'mean' }) },
  audio_concealed: share(0.005, { server: 'mean' }),
  audio_bitrate: quality(0.1, 2),
  audio_absent: share(0.01, { server: 'mean' }),
  video_absent: share(0.01, { server: 'mean' }),
  audio_interrupted: share(0.01, { server: 'mean' }),
  video_interrupted: share(0.01, { server: 'mean' }),
  screen_loss: { ...share(0.005, { server: 'mean' }) },
  screen_jitter: { ...latency(5), figures: ['p95'] },
  screen_bitrate: quality(0.15, 20),
  screen_fps: quality(0.1, 1, { server: 'p50' }),
  video_loss: { ...share(0.005, { server: 'mean' }) },
  video_jitter: { ...latency(5), figures: ['p95'] },
  video_bitrate: quality(0.15, 20),
  video_fps: quality(0.1, 1, { server: 'p50', kind: 'p50' }),
  video_height: quality(0, 1),
  video_freeze_ratio: share(0.01),
  mos: quality(0.02, 0.1, { server: 'p50' }),
  mouth_to_ear: latency(40, { server: 'p50' }),
  // A jitter buffer of pictures is a frame longer or not: 67 ms at 15 frames a second.
  glass_to_glass: latency(80, { server: 'p50' }),
  chat_delivery: latency(100, { server: 'p95' }),
  chat_undelivered: share(0.001, { server: 'mean' }),
  hand_undelivered: share(0.01, { server: 'mean' }),
  slide_undelivered: share(0.01, { server: 'mean' }),
  poll_undelivered: share(0.01, { server: 'mean' }),
  draw_undelivered: share(0.01, { server: 'mean' }),
  send_limited: share(0.02),
};

/** About the generator, or the same as another metric. */
const LEFT_OUT: ReadonlySet<MetricName> = new Set<MetricName>(['join_service_time', 'join_phase_service_time', 'lateness', 'event_loop_delay', 'send_lateness', 'chat_echo']);

/** Latencies that have no line of their own are compared too: lower is better. */
const ANY_LATENCY = latency(100);

/** Every metric that is compared, in the order of the catalogue. */
export function measures(): readonly Measure[] {
  return (Object.keys(METRICS) as MetricName[]).flatMap((metric): Measure[] => {
    const { kind, unit }: MetricInfo = METRICS[metric];
    const shape = NAMED[metric] ?? (kind === 'histogram' && unit === 'ms' && !LEFT_OUT.has(metric) ? ANY_LATENCY : undefined);
    return shape === undefined ? [] : [{ metric, ...shape }];
  });
}
