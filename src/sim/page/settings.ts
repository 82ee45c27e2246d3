import { bridgesOf, type Bridges } from '../../bbb/bridges.js';

/** What the server tells a client before GraphQL (bbb-protocol §3.1 steps 3 to 5, §1.7). */
export interface Discovery {
  readonly sessionToken: string;
  readonly graphqlUrl: string;
  readonly sfuUrl: string;
  readonly meetingName: string;
  readonly iceServers: readonly RTCIceServer[];
  readonly bridges: Bridges;
  readonly livekitUrl: string;
  /** The server is of the 4.0 line: other operations, other names of things on the page. */
  readonly four: boolean;
  readonly userdata: Userdata;
}

/** `userdata-*` of the join call, with BBB's defaults; the page's own parameters begin with firstbell_. */
export interface Userdata {
  readonly autoJoinAudio: boolean;
  readonly forceListenOnly: boolean;
  readonly listenOnlyMode: boolean;
  readonly skipCheckAudio: boolean;
  readonly skipVideoPreview: boolean;
  readonly showSessionDetails: boolean;
  readonly showChat: boolean;
  readonly cameraProfile: string;
  readonly audioProcessing: boolean;
  /** Cameras viewed at once; undefined: the client's own paging. */
  readonly cameraViews: number | undefined;
}

export class StartError extends Error {
  readonly key: string;

  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

export async function discover(): Promise<Discovery> {
  const sessionToken = new URLSearchParams(location.search).get('sessionToken');
  if (sessionToken === null || sessionToken === '') throw new StartError('param_missing', 'There is no session token in the address.');
  const headers = { 'X-Session-Token': sessionToken };
  const [statics, metadata, index, stuns] = await Promise.all([
    read('/api/rest/meetingStaticData', headers),
    read('/api/rest/userMetadata', headers),
    read('/bigbluebutton/api', { 'Content-Type': 'application/json' }),
    read(`/bigbluebutton/api/stuns?sessionToken=${sessionToken}`, {}),
  ]);
  const { bbbVersion } = index['response'] as Readonly<Record<string, unknown>>;
  const graphqlUrl = String((index['response'] as Record<string, unknown>)['graphqlWebsocketUrl']);
  const meeting = (statics['meeting'] as Record<string, unknown>[])[0];
  return {
    sessionToken,
    graphqlUrl,
    sfuUrl: `${location.origin.replace('http', 'ws')}/bbb-webrtc-sfu?sessionToken=${sessionToken}`,
    meetingName: String(meeting?.['name'] ?? ''),
    iceServers: iceServersOf(stuns),
    bridges: bridgesOf(meeting),
    livekitUrl: `${location.origin.replace('http', 'ws')}/livekit`,
    four: String(bbbVersion ?? '').startsWith('4.'),
    userdata: userdataOf((metadata['user_metadata'] ?? []) as { parameter: string; value: string }[]),
  };
}

async function read(path: string, headers: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const response = await fetch(path, { headers });
  if (response.status === 401) throw new StartError('meeting_ended', 'The session has ended.');
  if (!response.ok) throw new StartError('able_to_rejoin_user_disconnected_reason', `The server answered ${response.status}.`);
  return (await response.json()) as Record<string, unknown>;
}

function iceServersOf(stuns: Record<string, unknown>): readonly RTCIceServer[] {
  const stun = ((stuns['stunServers'] ?? []) as { url: string }[]).map(({ url }) => ({ urls: url }));
  const turn = ((stuns['turnServers'] ?? []) as { url: string; username: string; password: string }[]).map(({ url, username, password }) => ({ urls: url, username, credential: password }));
  return [...stun, ...turn];
}

function userdataOf(rows: readonly { readonly parameter: string; readonly value: string }[]): Userdata {
  const all = new Map(rows.map(({ parameter, value }) => [parameter, value]));
  const flag = (name: string, otherwise: boolean): boolean => (all.has(name) ? all.get(name) === 'true' : otherwise);
  const views = Number(all.get('firstbell_camera_views') ?? Number.NaN);
  return {
    autoJoinAudio: flag('bbb_auto_join_audio', true),
    forceListenOnly: flag('bbb_force_listen_only', false),
    listenOnlyMode: flag('bbb_listen_only_mode', true),
    skipCheckAudio: flag('bbb_skip_check_audio', false),
    skipVideoPreview: flag('bbb_skip_video_preview', false),
    showSessionDetails: flag('bbb_show_session_details_on_join', true),
    showChat: flag('bbb_show_public_chat_on_login', true),
    cameraProfile: all.get('bbb_preferred_camera_profile') ?? 'medium',
    audioProcessing: flag('firstbell_audio_processing', true),
    cameraViews: Number.isInteger(views) && views >= 0 ? views : undefined,
  };
}
