import { METRICS, type MetricName } from '../metrics/catalogue.js';
import { formatsIn, type Lang } from './format.js';
import { METRIC_TITLES_DE } from './metric-titles-de.js';

/** Short names of metrics for people; what each measures exactly stands in the catalogue. */
export const METRIC_TITLES: Readonly<Record<MetricName, string>> = {
  join_time: 'Time to join',
  join_service_time: 'Time to join, from the actual start',
  join_phase_time: 'Steps of joining',
  join_phase_service_time: 'Steps of joining, from the actual start',
  join_failed: 'Users that did not get in',
  api_time: 'BigBlueButton API calls',
  users_due: 'Users due',
  users_started: 'Users started',
  users_dropped: 'Arrivals dropped',
  users_joined: 'Users that got in',
  users_failed: 'Users that did not get in',
  users_lost: 'Users that lost the meeting',
  users_left: 'Users that left as planned',
  users_aborted: 'Users ended with the run',
  users_present: 'Users in meetings',
  users_present_server: 'Users in meetings, as the servers count',
  users_present_peers: 'Users in meetings, as other users see',
  ghosts: 'Users counted who are not there',
  missing: 'Users who are there and not counted',
  meetings_open: 'Meetings open',
  errors: 'Errors',
  step_time: 'Actions in the meeting',
  chat_delivery: 'Delivery of chat messages',
  chat_echo: 'Own chat message back',
  chat_undelivered: 'Chat messages not delivered',
  hand_delivery: 'Raised hand seen by others',
  slide_delivery: 'Slide change seen by others',
  poll_delivery: 'Poll shown to others',
  draw_delivery: 'Drawing seen by others',
  hand_undelivered: 'Raised hands not seen by others',
  slide_undelivered: 'Slide changes not seen by others',
  poll_undelivered: 'Polls not shown to others',
  draw_undelivered: 'Drawings not seen by others',
  rtt: 'Round trip to the server',
  network_rtt: 'Round trip of a request to the server',
  application_rtt: 'Round trip through the meeting server',
  reconnect_time: 'Time to reconnect',
  media_reconnect_time: 'Time to get media back',
  audio_jitter: 'Jitter of sound',
  audio_loss: 'Lost packets of sound',
  audio_concealed: 'Sound that had to be made up',
  mos: 'Estimated quality of speech',
  audio_absent: 'Users who heard nothing of others',
  video_absent: 'Users who saw no camera of others',
  audio_interrupted: 'Stretches of 15 s without sound of others',
  video_interrupted: 'Stretches of 15 s without a picture of others',
  audio_bitrate: 'Bit rate of sound',
  video_loss: 'Lost packets of picture',
  video_jitter: 'Jitter of picture',
  video_bitrate: 'Bit rate of picture',
  video_fps: 'Frames per second',
  video_height: 'Height of picture',
  video_freeze_ratio: 'Time the picture stood still',
  video_freezes: 'Freezes of picture',
  audio_gaps: 'Gaps in sound',
  video_gaps: 'Gaps in picture',
  packets_reordered: 'Packets out of order',
  screen_start: 'Time to the shared screen',
  screen_fps: 'Frames per second of a shared screen',
  screen_bitrate: 'Bitrate of a shared screen',
  screen_loss: 'Packets lost of a shared screen',
  screen_jitter: 'Jitter of a shared screen',
  screen_gaps: 'Pauses in a shared screen',
  key_frames: 'Key frames received',
  key_frame_requests: 'Key frames asked for',
  mouth_to_ear: 'From mouth to ear',
  glass_to_glass: 'From camera to screen',
  send_limited: 'Cameras held back by the CPU',
  send_lateness: 'Lateness of packets sent',
  lateness: 'Lateness of the generator',
  event_loop_delay: 'Event loop delay of the generator',
  generator_cpu: 'CPU of the generator',
  samples_refused: 'Samples that could not be recorded',
  generator_sockets: 'Sockets of the generator',
  generator_rss: 'Memory of the generator',
  server_cpu: 'CPU of the servers',
  server_memory: 'Memory of the servers',
  server_line_in: 'Received by the servers',
  server_line_out: 'Sent by the servers',
  server_line_use: 'Lines of the servers in use',
  server_meetings: 'Meetings, as the servers say',
  server_participants: 'Users, as the servers say',
  server_scrape_failed: 'Servers that told nothing of themselves',
};

/** Names of metrics in a language. */
export const titlesIn = (lang: Lang): Readonly<Record<MetricName, string>> => (lang === 'de' ? METRIC_TITLES_DE : METRIC_TITLES);

/** A threshold expression in words: `Time to join (pupil), 95th percentile`. Undefined for a metric of another version. */
export function describeExpression(expression: string, lang: Lang = 'en'): string | undefined {
  const match = /^\s*([a-z_]+)\s*(?:\{([^}]*)\})?\s*(p\(\s*[\d.]+\s*\)|[a-z]+)?/.exec(expression);
  const name = match?.[1];
  if (name === undefined || !(name in METRICS)) return undefined;
  const words = EXPRESSION_WORDS[lang];
  const tags = match?.[2]?.split(',').map((pair) => tagInWords(pair, words));
  const aggregation = aggregationInWords(match?.[3], words);
  return `${titlesIn(lang)[name as MetricName]}${tags && tags.length > 0 ? ` (${tags.join(', ')})` : ''}${aggregation === undefined ? '' : `, ${aggregation}`}`;
}

/** A threshold in words with its limit: `Time to join, 95th percentile: less than 10 s`. As written, where it cannot be put into words. */
export function thresholdInWords(expression: string, lang: Lang): string {
  const about = describeExpression(expression, lang);
  const match = /(<=|>=|==|!=|<|>)\s*([\d.]+)\s*(%|[a-zA-Z/]*)\s*$/.exec(expression);
  if (about === undefined || !match) return expression;
  const [, operator = '', number = '', unit = ''] = match;
  const limit = `${formatsIn(lang).number(Number(number), 6)}${unit === '' ? '' : `\u00A0${unit}`}`;
  return `${about}: ${EXPRESSION_WORDS[lang].operators[operator] ?? operator} ${limit}`;
}

interface ExpressionWords {
  readonly each: (tag: string) => string;
  readonly tags: Readonly<Record<string, string>>;
  readonly operators: Readonly<Record<string, string>>;
  readonly aggregations: Readonly<Record<string, string>>;
  readonly percentile: (number: string) => string;
}

const EXPRESSION_WORDS: Readonly<Record<Lang, ExpressionWords>> = {
  en: {
    each: (tag) => `each ${tag}`,
    tags: {},
    operators: { '<': 'less than', '<=': 'at most', '>': 'more than', '>=': 'at least', '==': 'exactly', '!=': 'not' },
    aggregations: { avg: 'average', min: 'smallest', max: 'largest', rate: 'share', count: 'total', sum: 'total', last: 'at the end' },
    percentile: (number) => (number === '50' ? 'median' : `${ordinal(number)} percentile`),
  },
  de: {
    each: (tag) => ({ server: 'je Server', role: 'je Rolle', kind: 'je Art', phase: 'je Schritt', code: 'je Code' })[tag] ?? `je ${tag}`,
    tags: { pupil: 'Lernende', teacher: 'Lehrkräfte', browser: 'echte Browser', native: 'native Personen' },
    operators: { '<': 'weniger als', '<=': 'höchstens', '>': 'mehr als', '>=': 'mindestens', '==': 'genau', '!=': 'nicht' },
    aggregations: { avg: 'Mittel', min: 'kleinster Wert', max: 'größter Wert', rate: 'Anteil', count: 'Summe', sum: 'Summe', last: 'am Ende' },
    percentile: (number) => (number === '50' ? 'Median' : `${number.replace('.', ',')}. Perzentil`),
  },
};

function tagInWords(pair: string, words: ExpressionWords): string {
  const [name = '', value] = pair.split('=').map((part) => part.trim().replaceAll('"', ''));
  return value === '*' ? words.each(name) : value === undefined ? name : (words.tags[value] ?? value);
}

function aggregationInWords(aggregation: string | undefined, words: ExpressionWords): string | undefined {
  const percentile = /^p\(\s*([\d.]+)\s*\)$/.exec(aggregation ?? '')?.[1];
  return percentile !== undefined ? words.percentile(percentile) : words.aggregations[aggregation ?? ''];
}

function ordinal(number: string): string {
  const ending = /1[123]$/.test(number) || number.includes('.') ? 'th' : ({ '1': 'st', '2': 'nd', '3': 'rd' }[number.at(-1) ?? ''] ?? 'th');
  return `${number}${ending}`;
}
