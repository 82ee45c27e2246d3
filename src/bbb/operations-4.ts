import { JOIN_OPERATIONS, type Operation } from './operations.js';

/**
 * What the client of 4.0 sends in other words than that of 3.0, and what it sends beside it. Written after BBB's sources
 * (bigbluebutton-html5 imports/ui/components/livekit, bbb-graphql-middleware streaming_server; bbb-protocol §3.11), not recorded:
 * `firstbell learn` has a server's own words.
 */
const VOICE_STATE: Operation = {
  operationName: 'getUserVoiceStateStream',
  kind: 'subscription',
  rootField: 'user_voice_activity_stream',
  query:
    'subscription getUserVoiceStateStream {\n  user_voice_activity_stream(\n    cursor: {initial_value: {voiceActivityAt: "2020-01-01"}}\n    batch_size: 10\n  ) {\n    userId\n    voiceUserId\n    muted\n    talking\n    leftVoiceConf\n    voiceActivityAt\n    user {\n      role\n      color\n      name\n      speechLocale\n      __typename\n    }\n    __typename\n  }\n}',
};

export const MEDIA_GROUPS: Operation = {
  operationName: 'MediaGroupStreams',
  kind: 'subscription',
  rootField: 'user_mediaGroup',
  query: 'subscription MediaGroupStreams {\n  user_mediaGroup {\n    userId\n    groupId\n    mediaType\n    sender\n    receiver\n    active\n    __typename\n  }\n}',
};

const LIVEKIT_TOKEN = 'livekit {\n      livekitToken\n      __typename\n    }';
const LIVEKIT_ROOMS = 'livekitRooms {\n      purpose\n      roomName\n      token\n      __typename\n    }';

/** An operation of 3.0's join as 4.0 has it. */
export function asInFour(operation: Operation): Operation {
  if (operation.operationName === 'UserVoiceActivity') return VOICE_STATE;
  return operation.rootField === 'user_current' ? { ...operation, query: operation.query.replace(LIVEKIT_TOKEN, LIVEKIT_ROOMS) } : operation;
}

export const JOIN_OPERATIONS_4: readonly Operation[] = [...JOIN_OPERATIONS.map(asInFour), MEDIA_GROUPS];
