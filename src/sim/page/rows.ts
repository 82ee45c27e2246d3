import type { RoomsSummary } from './lesson/rooms.js';

/** The columns of GraphQL rows that this client shows. */
export interface CurrentUserRow {
  readonly userId: string;
  readonly name: string;
  readonly authToken: string;
  readonly joined: boolean;
  readonly isModerator: boolean;
  readonly presenter: boolean | null;
  readonly raiseHand: boolean;
  readonly ejected: boolean | null;
  readonly ejectReasonCode: string | null;
  readonly loggedOut: boolean;
  readonly livekit?: { readonly livekitToken: string | null } | null;
  readonly livekitRooms?: readonly { readonly purpose: string; readonly token: string | null }[];
  readonly voice: { readonly listenOnly: boolean } | null;
  readonly meeting: { readonly ended: boolean; readonly endedReasonCode: string | null };
  readonly whiteboardWriteAccess?: boolean | null;
  readonly breakoutRoomsSummary?: RoomsSummary | null;
}

export interface MeetingRow {
  readonly screenshare: { readonly stream: string } | null;
  readonly componentsFlags?: { readonly hasPoll: boolean };
}

export interface WriterRow {
  readonly userId: string;
  readonly presenter: boolean | null;
}

export interface SlideRow {
  readonly pageId: string;
  readonly presentationId: string;
  readonly presentationName: string;
  readonly num: number;
  readonly totalPages: number;
}

export interface UserRow {
  readonly userId: string;
  readonly name: string;
  readonly isModerator: boolean;
  readonly presenter: boolean;
  readonly raiseHand: boolean;
  readonly voice: { readonly joined: boolean; readonly listenOnly: boolean } | null;
  readonly cameras: readonly { readonly streamId: string }[];
}

export interface CameraRow {
  readonly streamId: string;
  readonly user: { readonly userId: string; readonly name: string };
}

export interface VoiceRow {
  readonly userId: string;
  readonly muted: boolean;
  readonly talking: boolean;
  readonly user: { readonly name: string };
}

export interface ChatRow {
  readonly chatId: string;
  readonly totalUnread: number | null;
}

export interface MessageRow {
  readonly messageId: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly message: string;
  readonly createdAt: string;
}
