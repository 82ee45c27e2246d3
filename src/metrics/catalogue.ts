/** Units in which values are recorded, printed and compared. Ratios are 0–1 (printed as %). */
export type Unit = 'ms' | 'ratio' | 'fps' | 'kbit/s' | 'px' | 'count' | 'cores' | 'MB' | 'bytes' | 'mos';

/** histogram: distribution · counter: sum of increments · rate: share of true (1) among 0/1 · gauge: last, min, max */
export type MetricKind = 'histogram' | 'counter' | 'rate' | 'gauge';

export interface MetricInfo {
  readonly kind: MetricKind;
  readonly unit: Unit;
  readonly about: string;
}

const metric = (kind: MetricKind, unit: Unit, about: string): MetricInfo => ({ kind, unit, about });

/** Every metric of Firstbell. docs/metrics.md is generated from this table. */
export const METRICS = {
  join_time: metric('histogram', 'ms', 'From the due time until the user can take part: client ready and, if asked for, audio connected'),
  join_service_time: metric('histogram', 'ms', 'As join_time, but from when the harness actually started the user'),
  join_phase_time: metric('histogram', 'ms', 'From the due time until the end of a join phase; tag phase: api, page, socket (GraphQL accepted, native users), ready, audio, first_audio, first_video'),
  join_phase_service_time: metric('histogram', 'ms', 'As join_phase_time, but from the actual start'),
  join_failed: metric('rate', 'ratio', 'Share of started users that did not get in'),
  api_time: metric('histogram', 'ms', 'Duration of one BBB API call; tag call'),
  users_due: metric('counter', 'count', 'Attendances that the plan asked for so far'),
  users_started: metric('counter', 'count', 'Users started'),
  users_dropped: metric('counter', 'count', 'Arrivals due for which no virtual user was free'),
  users_joined: metric('counter', 'count', 'Users that got in'),
  users_failed: metric('counter', 'count', 'Users that did not get in'),
  users_lost: metric('counter', 'count', 'Users that were in and lost the meeting before it was time'),
  users_left: metric('counter', 'count', 'Users that left when they should'),
  users_aborted: metric('counter', 'count', 'Users ended by stop or abort of the run'),
  users_present: metric('gauge', 'count', 'Users in a meeting, as the harness counts'),
  users_present_server: metric('gauge', 'count', 'Users in the meetings of this run, as the servers count (getMeetings participantCount); tag server'),
  users_present_peers: metric('gauge', 'count', 'Users in the meetings of this run, as the user lists of other users in them show; meetings that nobody could look at count as the harness counts them; tag server'),
  ghosts: metric('gauge', 'count', 'Users that the servers or other users still count although they have been out for longer than the grace time, the larger of both; tag server'),
  missing: metric('gauge', 'count', 'Users that have been in for longer than the grace time and that the servers or other users do not count, the larger of both; tag server'),
  meetings_open: metric('gauge', 'count', 'Meetings created by this run and not ended'),
  errors: metric('counter', 'count', 'Failures; tags code and phase'),
  step_time: metric('histogram', 'ms', 'Duration of a step inside the meeting; tag step'),
  chat_delivery: metric('histogram', 'ms', 'From when a user was due to write a chat message until it appeared to another user whose chat is open; tags are those of the receiver'),
  chat_echo: metric('histogram', 'ms', 'From when a user was due to write a chat message until it appeared to that user'),
  chat_undelivered: metric('rate', 'ratio', 'Share of (message, receiver with open chat) that did not arrive within 30 s; of messages from users of other workers only those count that came later'),
  hand_delivery: metric('histogram', 'ms', 'From when a user was due to raise a hand until another user was shown it (native receivers)'),
  slide_delivery: metric('histogram', 'ms', 'From when a presenter was due to change the slide until another user was shown the next one (native receivers)'),
  poll_delivery: metric('histogram', 'ms', 'From when a presenter was due to start a poll until another user was asked to answer (native receivers)'),
  draw_delivery: metric('histogram', 'ms', 'From when a native user was due to draw on the whiteboard until the first of the stroke came to another user (native receivers)'),
  hand_undelivered: metric('rate', 'ratio', 'Share of (raised hand, other user) that was not shown within 30 s (native receivers); users that were not there and connected all the time are not asked'),
  slide_undelivered: metric('rate', 'ratio', 'As hand_undelivered, of changes of the slide; who was shown a later one meanwhile is not asked (native receivers)'),
  poll_undelivered: metric('rate', 'ratio', 'As hand_undelivered, of polls (native receivers)'),
  draw_undelivered: metric('rate', 'ratio', 'As hand_undelivered, of strokes; who was shown another slide meanwhile is not asked (native receivers)'),
  rtt: metric('histogram', 'ms', 'Round-trip time of media: of the selected ICE candidate pair (browser users: RFC 8445, getStats currentRoundTripTime), from RTCP reports on what they send (native users: RFC 3550 §6.4.1)'),
  network_rtt: metric('histogram', 'ms', 'Duration of the rtt-check request that every client makes every 10 s, if it is answered well; one that is not answered in time counts as the time limit (native users)'),
  application_rtt: metric('histogram', 'ms', 'From sending the connection-alive mutation over GraphQL until the subscription of the own state shows it, 30 s at most, every 10 s (native users whose wire profile has that subscription); the answer of the mutation says only that it is queued'),
  reconnect_time: metric('histogram', 'ms', 'From the interruption of the GraphQL connection until it was authorised again (native users), or for as long as the client had no GraphQL socket open (browser users; its notification bar says other things as well)'),
  media_reconnect_time: metric('histogram', 'ms', 'From when a client lost its LiveKit room until it was in it again (native users)'),
  audio_jitter: metric('histogram', 'ms', 'Inter-arrival jitter of received audio (RFC 3550 §6.4.1)'),
  audio_loss: metric('histogram', 'ratio', 'Received audio packets lost in an interval ÷ expected'),
  audio_concealed: metric('histogram', 'ratio', 'Concealed ÷ received audio samples in an interval (silent concealment excluded); not of an interval in which no packet came'),
  mos: metric('histogram', 'mos', 'Estimated quality of speech, 1 (bad) to 4.5, per user and interval: E-model (ITU-T G.107) with the assumptions of src/metrics/mos.ts; parameters of Opus are not standardised, so compare runs, do not quote'),
  audio_bitrate: metric('histogram', 'kbit/s', 'Received audio payload'),
  audio_absent: metric('rate', 'ratio', 'Share of users with sound to whom none had come after 15 s in the meeting beside somebody who by plan had a microphone on; users who never had somebody beside them for so long are not asked'),
  video_absent: metric('rate', 'ratio', 'Share of users who view cameras to whom no picture had come after 15 s in the meeting beside somebody who by plan had a camera on; users who never had somebody beside them for so long are not asked'),
  audio_interrupted: metric('rate', 'ratio', 'Share of further stretches of 15 s, of users to whom sound had come, in which none did, wholly beside somebody who by plan had a microphone on; what the plan itself interrupts (mute, reload, lost network, breakout rooms) is not asked'),
  video_interrupted: metric('rate', 'ratio', 'Share of further stretches of 15 s, of users to whom a picture had come, in which none did, wholly beside somebody who by plan had a camera on; what the plan itself interrupts (reload, lost network, breakout rooms) is not asked'),
  video_loss: metric('histogram', 'ratio', 'Received video packets lost in an interval ÷ expected'),
  video_jitter: metric('histogram', 'ms', 'Inter-arrival jitter of received video (RFC 3550 §6.4.1)'),
  video_bitrate: metric('histogram', 'kbit/s', 'Received video payload per stream'),
  video_fps: metric('histogram', 'fps', 'Frames per second and stream: decoded (browser users), received whole (native users); not of the interval in which its first picture came. 0 for a camera that is to be seen and has not been for more than 15 s, whatever the reason (native users)'),
  video_height: metric('histogram', 'px', 'Height of decoded frames'),
  video_freeze_ratio: metric('histogram', 'ratio', 'Share of an interval in which a received video stood still: all of one in which no frame was decoded, else by getStats totalFreezesDuration, which grows only when a freeze ends'),
  video_freezes: metric('counter', 'count', 'Freezes of received video that ended (getStats freezeCount)'),
  audio_gaps: metric('counter', 'count', 'Pauses of more than 200 ms between packets of received audio (native users)'),
  video_gaps: metric('counter', 'count', 'Pauses of more than 200 ms between packets of received video (native users)'),
  packets_reordered: metric('counter', 'count', 'Received media packets that came after a later one (native users)'),
  screen_start: metric('histogram', 'ms', 'From when the client of a viewer heard of a shared screen until its first whole picture (native users)'),
  screen_fps: metric('histogram', 'fps', 'As video_fps, of a shared screen (native users)'),
  screen_bitrate: metric('histogram', 'kbit/s', 'Received payload of a shared screen (native users)'),
  screen_loss: metric('histogram', 'ratio', 'As video_loss, of a shared screen (native users)'),
  screen_jitter: metric('histogram', 'ms', 'As video_jitter, of a shared screen (native users)'),
  screen_gaps: metric('counter', 'count', 'As video_gaps, of a shared screen; a screen on which nothing moves still sends (native users)'),
  key_frames: metric('counter', 'count', 'Whole key frames received (native users)'),
  key_frame_requests: metric('counter', 'count', 'Key frames that the server asked native senders for (RFC 4585 PLI, RFC 5104 FIR)'),
  mouth_to_ear: metric('histogram', 'ms', 'From the instant at which a teacher says a tone mark until a browser user in the meeting hears it, jitter buffer included, sound card excluded (docs/measurement.md)'),
  glass_to_glass: metric('histogram', 'ms', 'From the instant at which the camera of a teacher takes a picture until a browser user in the meeting is shown it (docs/measurement.md)'),
  send_limited: metric('rate', 'ratio', 'Samples in which a sending browser reduced its camera because of CPU (qualityLimitationReason cpu)'),
  send_lateness: metric('histogram', 'ms', 'How late media packets of native senders left, the latest of each 100 ms (media processes)'),
  lateness: metric('histogram', 'ms', 'Actual start − due time of a user: how punctual the harness itself was'),
  event_loop_delay: metric('histogram', 'ms', 'Delay of the event loop of the harness'),
  generator_cpu: metric('gauge', 'cores', 'CPU used by the harness and its browsers'),
  samples_refused: metric('counter', 'count', 'Samples that could not be recorded; tag code: BAD_VALUE (not a number, negative, out of range) or SERIES_CAP (too many series)'),
  generator_sockets: metric('gauge', 'count', 'Open sockets of the harness, its media processes and its browsers'),
  generator_rss: metric('gauge', 'MB', 'Memory (PSS where known, else RSS) of the harness and its browsers'),
  server_cpu: metric('histogram', 'ratio', 'Share of a server’s cores that was not idle between two scrapes (node_exporter); tag server'),
  server_memory: metric('histogram', 'ratio', 'Share of a server’s memory in use (node_exporter); tag server'),
  server_line_in: metric('histogram', 'kbit/s', 'Received by a server between two scrapes, all devices to the outside (node_exporter); tag server'),
  server_line_out: metric('histogram', 'kbit/s', 'Sent by a server between two scrapes, all devices to the outside (node_exporter); tag server'),
  server_line_use: metric('histogram', 'ratio', 'The busier direction of a server’s line ÷ fleet.lineMbps of the scenario; tag server'),
  server_meetings: metric('gauge', 'count', 'Meetings on a server as its bigbluebutton-exporter says, those of others included; tag server'),
  server_participants: metric('gauge', 'count', 'Users on a server as its bigbluebutton-exporter says, those of others included; tag server'),
  server_scrape_failed: metric('rate', 'ratio', 'Share of scrapes of a server that gave nothing; tag server'),
} as const satisfies Record<string, MetricInfo>;

export type MetricName = keyof typeof METRICS;

export function isMetric(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

export type TagName = 'server' | 'role' | 'kind' | 'phase' | 'code' | 'call' | 'step' | 'witnessed';
export const TAG_NAMES: readonly TagName[] = ['server', 'role', 'kind', 'phase', 'code', 'call', 'step', 'witnessed'];

/** What browser and native users both measure. In meetings that have both kinds it is tagged `witnessed=yes`, so that the two can be held against each other. */
export const WITNESS_METRICS = ['join_time', 'rtt', 'audio_loss', 'audio_jitter', 'video_loss', 'video_fps', 'chat_delivery', 'mos'] as const satisfies readonly MetricName[];

/** Values come from small fixed sets, never meeting or user ids: memory grows with series, not with users. */
export type Tags = Readonly<Partial<Record<TagName, string>>>;

export type JoinPhase = 'api' | 'page' | 'socket' | 'ready' | 'audio' | 'first_audio' | 'first_video';
export const JOIN_PHASES: readonly JoinPhase[] = ['api', 'page', 'socket', 'ready', 'audio', 'first_audio', 'first_video'];
/** Phases that come one after another on the way in; the media phases may come at any time after 'ready'. A native user loads no page. */
export const WAY_IN: Readonly<Record<'browser' | 'native', readonly JoinPhase[]>> = { browser: ['api', 'page', 'ready', 'audio'], native: ['api', 'socket', 'ready', 'audio'] };

/** One measured value. `atMs` is on the run's clock (0 = first instant of the plan). */
export interface Sample {
  readonly metric: MetricName;
  readonly value: number;
  readonly atMs: number;
  readonly tags?: Tags;
}

/** Takes samples; synchronous, O(1), never throws for a bad value (it counts it instead). */
export interface Recorder {
  record(sample: Sample): void;
}
