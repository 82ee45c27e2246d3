import { bridgesOf, type Bridges } from './bridges.js';

/** What clients read of `/api/rest/meetingStaticData` before GraphQL, as far as it is known to us. */
export interface StaticData {
  /** What carries the media of the meeting. */
  readonly bridges: Bridges;
  /** Of LiveKit's signalling, where the client's settings name one (`public.media.livekit.url`). */
  readonly livekitUrl: string | undefined;
}

type Row = Readonly<Record<string, unknown>>;

const MAX_URL_CHARS = 300;

/** Undefined if there is no meeting in it: versions differ in what stands there. */
export function readStaticData(text: string): StaticData | undefined {
  let rows: unknown;
  try {
    rows = (JSON.parse(text) as { meeting?: unknown } | null)?.meeting;
  } catch {
    return undefined;
  }
  const row = Array.isArray(rows) ? rowOf(rows[0]) : undefined;
  return row && { bridges: bridgesOf(row), livekitUrl: livekitUrlOf(row) };
}

function livekitUrlOf(row: Row): string | undefined {
  let settings: Row | undefined = row;
  for (const name of ['clientSettings', 'clientSettingsJson', 'public', 'media', 'livekit']) settings = rowOf(settings?.[name]);
  const url = settings?.['url'];
  return typeof url === 'string' && url.length <= MAX_URL_CHARS && /^wss?:\/\//i.test(url) && URL.canParse(url) ? url : undefined;
}

function rowOf(value: unknown): Row | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : undefined;
}
