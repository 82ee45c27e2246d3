import { MEDIA_GROUPS } from '../../bbb/operations-4.js';
import type { GraphqlClient } from './graphql-client.js';
import type { AnnotationRow } from './lesson/board.js';
import type { CameraRow, ChatRow, MeetingRow, SlideRow, UserRow, VoiceRow, WriterRow } from './rows.js';

/** Where the answers to the operations of a join go. */
export interface MeetingView {
  meeting(row: MeetingRow): void;
  cameras(rows: readonly CameraRow[]): void;
  users(rows: readonly UserRow[]): void;
  userCount(count: number): void;
  voices(rows: readonly VoiceRow[]): void;
  chats(rows: readonly ChatRow[]): void;
  slide(row: SlideRow): void;
  writers(rows: readonly WriterRow[]): void;
  drawn(rows: readonly AnnotationRow[]): void;
}

const SETTINGS = {
  application: { wakeLock: true, darkTheme: false, animations: true, pushLayout: true, chatPushAlerts: false, fallbackLocale: 'en', overrideLocale: null, selectedLayout: 'custom', chatAudioAlerts: false, directLeaveButton: true, paginationEnabled: true, pushToTalkEnabled: false, userJoinPushAlerts: false, raiseHandPushAlerts: true, userJoinAudioAlerts: false, userLeavePushAlerts: false, raiseHandAudioAlerts: true, userLeaveAudioAlerts: false, autoCloseReactionsBar: true, muteUnmuteAudioAlerts: true, guestWaitingPushAlerts: true, guestWaitingAudioAlerts: true, whiteboardToolbarAutoHide: false, webcamBorderHighlightColor: [], locale: 'en-US', isRTL: false },
  audio: { inputDeviceId: 'undefined', outputDeviceId: 'undefined' },
  dataSaving: { viewScreenshare: true, viewParticipantsWebcams: true },
  transcription: { partialUtterances: true, minUtteranceLength: 1 },
} as const;

const LAYOUT = { layout: 'custom', syncWithPresenterLayout: true, isResizing: false, cameraPosition: 'contentRight', focusedCamera: 'none', presentationVideoRate: 0 } as const;

const ignore = (): void => undefined;

/**
 * Sends what the real client sends once it is in: every recorded operation, in the recorded order, with the repeats. Where the
 * recorded client waited (for a chunk to load, for the first page), this one waits for the same answers.
 */
export async function joinBatch(client: GraphqlClient, view: MeetingView, isPresenter: boolean, four: boolean): Promise<void> {
  const mutate = (name: string, variables: Readonly<Record<string, unknown>> = {}): void => void client.request(name, variables).catch(ignore);
  const settings = (): void => mutate('UserChangedLocalSettings', { settings: SETTINGS });
  const layout = (presentationIsOpen: boolean): void => {
    if (isPresenter) mutate('SetLayoutProps', { ...LAYOUT, presentationIsOpen });
  };

  client.subscribe('Patched_MeetingSubscription', {}, (rows) => view.meeting((rows as MeetingRow[])[0]!));
  const plugins = client.request('PluginConfigurationQuery').catch(ignore);
  mutate('UserSetSpeechOptions', { partialUtterances: true, minUtteranceLength: 1 });
  settings();
  settings();
  await plugins;

  client.subscribe('ChatSubscription', {}, (rows) => view.chats(rows as ChatRow[]));
  client.subscribe('Patched_FetchPluginDataChannelPublicEntry', {}, ignore);
  client.subscribe('Patched_FetchPluginDataChannelEntry', {}, ignore);
  client.subscribe('getNotificationStream', { initialCursor: '2000-01-01' }, ignore);
  settings();
  client.subscribe('Patched_VideoStreams', {}, (rows) => view.cameras(rows as CameraRow[]));
  client.subscribe('UsersCount', {}, (value) => view.userCount(countOf(value)));
  const page = new Promise<SlideRow>((resolve) => {
    client.subscribe('CurrentPresentationPagesSubscription', {}, (rows) => {
      const current = (rows as SlideRow[])[0];
      if (!current) return;
      view.slide(current);
      resolve(current);
    });
  });
  client.subscribe('GetPadLastRev', { externalId: 'notes' }, ignore);
  client.subscribe('PresentationsSubscription', {}, ignore);
  client.subscribe('UserVoiceActivity', {}, (rows) => view.voices(rows as VoiceRow[]));
  client.subscribe('RaisedHandUsers', {}, ignore);
  client.subscribe('ViewerVideoStreams', {}, ignore);
  client.subscribe('getEmojisToRain', { initialCursor: new Date().toUTCString() }, ignore);
  settings();
  settings();
  settings();
  layout(true);
  client.subscribe('getMeetingRecordingData', {}, ignore);
  client.subscribe('Patched_Timer', {}, ignore);
  client.subscribe('whiteboardCursorAccessSubscription', {}, ignore);
  client.subscribe('getCursorCoordinatesStream', {}, ignore);
  client.subscribe('activeCaptions', {}, ignore);

  const { pageId, presentationId } = await page;
  const annotations = client.request('CurrentPageAnnotationsQuery', { pageId }).then((rows) => view.drawn(rows as AnnotationRow[]), ignore);
  client.subscribe('whiteboardWriteAccessSubscription', {}, (rows) => view.writers(rows as WriterRow[]));
  if (isPresenter) mutate('PresentationSetUploadCompletionNotified', { presentationId });
  client.subscribe('ConnStatusWithTraceLog', { clientSessionUUID: client.clientSessionUuid }, ignore);
  settings();
  layout(true);
  await annotations;

  client.subscribe('annotationHistoryStream', { pageId, updatedAt: new Date().toISOString() }, (rows) => view.drawn(rows as AnnotationRow[]));
  client.complete('whiteboardCursorAccessSubscription');
  client.complete('getCursorCoordinatesStream');
  if (isPresenter) mutate('PresentationSetUploadCompletionNotified', { presentationId });
  settings();
  layout(true);
  client.subscribe('UsersWithAudioCount', {}, ignore);
  client.subscribe('getGuestsCount', {}, ignore);
  if (four) client.subscribe(MEDIA_GROUPS.operationName, {}, ignore);
  client.subscribe('Patched_UserListSubscription', { offset: 0, limit: 50 }, (rows) => view.users(rows as UserRow[]));
  settings();
}

function countOf(value: unknown): number {
  return (value as { aggregate?: { count?: number } }).aggregate?.count ?? 0;
}
