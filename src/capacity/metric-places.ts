import type { MetricName } from '../metrics/catalogue.js';

/**
 * In which phase users are when a threshold on a metric breaks. slowest: the join phase with the longest part of its own · failures: that in which
 * most users failed to get in · errors: that with the most errors · api, meeting: just there · nowhere: it is about the generator, the load, or a
 * server as a whole.
 */
export type Place = 'slowest' | 'failures' | 'errors' | 'api' | 'meeting' | 'nowhere';

interface MetricPlace {
  readonly place: Place;
  /** Measured of everybody who stays, at least so often; undefined: only when something happens. */
  readonly everyMs?: number;
}

const at = (place: Place): MetricPlace => ({ place });
const stay = (everyMs: number): MetricPlace => ({ place: 'meeting', everyMs });
/** Media of native users are measured every 5 s, of browser users every 2 s. */
const MEDIA = stay(5_000);
const KEEP_ALIVE = stay(10_000);

const PLACES: Readonly<Record<MetricName, MetricPlace>> = {
  join_time: at('slowest'),
  join_service_time: at('slowest'),
  join_phase_time: at('slowest'),
  join_phase_service_time: at('slowest'),
  join_failed: at('failures'),
  users_joined: at('failures'),
  users_failed: at('failures'),
  api_time: at('api'),
  errors: at('errors'),
  users_due: at('nowhere'),
  users_started: at('nowhere'),
  users_dropped: at('nowhere'),
  users_left: at('nowhere'),
  users_aborted: at('nowhere'),
  users_present: at('nowhere'),
  users_present_server: at('nowhere'),
  users_present_peers: at('nowhere'),
  meetings_open: at('nowhere'),
  users_lost: at('meeting'),
  ghosts: at('meeting'),
  missing: at('meeting'),
  step_time: at('meeting'),
  chat_delivery: at('meeting'),
  chat_echo: at('meeting'),
  chat_undelivered: at('meeting'),
  hand_delivery: at('meeting'),
  slide_delivery: at('meeting'),
  poll_delivery: at('meeting'),
  draw_delivery: at('meeting'),
  hand_undelivered: at('meeting'),
  slide_undelivered: at('meeting'),
  poll_undelivered: at('meeting'),
  draw_undelivered: at('meeting'),
  reconnect_time: at('meeting'),
  media_reconnect_time: at('meeting'),
  rtt: MEDIA,
  network_rtt: KEEP_ALIVE,
  application_rtt: KEEP_ALIVE,
  audio_jitter: MEDIA,
  audio_loss: MEDIA,
  audio_concealed: MEDIA,
  mos: MEDIA,
  audio_bitrate: MEDIA,
  // Looked at once, soon after the join.
  audio_absent: at('meeting'),
  video_absent: at('meeting'),
  // From then on, again and again (vu/media-watch.ts).
  audio_interrupted: stay(15_000),
  video_interrupted: stay(15_000),
  video_loss: MEDIA,
  video_jitter: MEDIA,
  video_bitrate: MEDIA,
  video_fps: MEDIA,
  video_height: MEDIA,
  video_freeze_ratio: MEDIA,
  video_freezes: MEDIA,
  audio_gaps: MEDIA,
  video_gaps: MEDIA,
  packets_reordered: MEDIA,
  // Somebody shares a screen for a while, not all the time.
  screen_start: at('meeting'),
  screen_fps: at('meeting'),
  screen_bitrate: at('meeting'),
  screen_loss: at('meeting'),
  screen_jitter: at('meeting'),
  screen_gaps: at('meeting'),
  // Browsers listen for 5 s of each 24 s, and look once in 4 s (docs/measurement.md).
  mouth_to_ear: stay(24_000),
  glass_to_glass: MEDIA,
  key_frames: at('meeting'),
  key_frame_requests: at('meeting'),
  send_limited: at('nowhere'),
  send_lateness: at('nowhere'),
  lateness: at('nowhere'),
  event_loop_delay: at('nowhere'),
  generator_cpu: at('nowhere'),
  generator_sockets: at('nowhere'),
  generator_rss: at('nowhere'),
  samples_refused: at('nowhere'),
  server_cpu: at('nowhere'),
  server_memory: at('nowhere'),
  server_line_in: at('nowhere'),
  server_line_out: at('nowhere'),
  server_line_use: at('nowhere'),
  server_meetings: at('nowhere'),
  server_participants: at('nowhere'),
  server_scrape_failed: at('nowhere'),
};

export function placeOf(metric: MetricName): Place {
  return PLACES[metric].place;
}

/** How often, in ms, a metric is measured of everybody who stays; undefined: it is not. */
export function measuredEveryMs(metric: MetricName): number | undefined {
  return PLACES[metric].everyMs;
}
