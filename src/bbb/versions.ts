/** Lines of BBB whose client differs for a driver; 3.1 was renamed 4.0 before it was released. */
export type UiVersion = '2.7' | '3.0' | '4.0';

export interface BbbVersion {
  readonly major: number;
  readonly minor: number;
  /** undefined for "3.0". */
  readonly patch: number | undefined;
  /** E.g. `rc.2`, `beta.5`; undefined for a release. */
  readonly preRelease: string | undefined;
}

export interface VersionSupport {
  readonly line: UiVersion;
  /** How the client and the server keep in step. */
  readonly sync: 'ddp' | 'graphql';
  readonly defaultMedia: 'sfu' | 'livekit';
  readonly browserUsers: boolean;
}

/** What Firstbell can do with each line. Source: BBB docs/docs/new-features.md of the lines. */
export const VERSION_SUPPORT: readonly VersionSupport[] = [
  { line: '2.7', sync: 'ddp', defaultMedia: 'sfu', browserUsers: true },
  { line: '3.0', sync: 'graphql', defaultMedia: 'sfu', browserUsers: true },
  { line: '4.0', sync: 'graphql', defaultMedia: 'livekit', browserUsers: true },
];

/** Longest text that is searched for a version. */
const MAX_CHARS = 200;

/** Reads "3.0.19", "BigBlueButton 4.0.0-rc.2", "2.7"; undefined if there is no version in it (servers hide it by default). */
export function parseBbbVersion(text: string | undefined): BbbVersion | undefined {
  const match = /(?<![\d.])(\d{1,3})\.(\d{1,3})(?:\.(\d{1,4}))?(?:-((?:alpha|beta|rc)[.\d]*))?/i.exec((text ?? '').slice(0, MAX_CHARS));
  if (!match) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: match[3] === undefined ? undefined : Number(match[3]), preRelease: match[4]?.toLowerCase() };
}

/** The client's line for a version text; undefined if it cannot be told, or is older than 2. */
export function uiVersionOf(bbbVersion: string | undefined): UiVersion | undefined {
  const version = parseBbbVersion(bbbVersion);
  if (!version || version.major < 2) return undefined;
  if (version.major === 2) return '2.7';
  return version.major === 3 && version.minor === 0 ? '3.0' : '4.0';
}
