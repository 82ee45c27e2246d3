import type { UiVersion } from './versions.js';

/**
 * Selectors of BBB's HTML5 client for 2.7, 3.0 and 4.0 in one table. `data-test` became `data-testid` for some modals in 4.0, and
 * servers hide their version by default; so an entry is one selector that fits all versions wherever no version gives it another
 * meaning, and `SELECTORS` fits a client whose version is not known. Duplicate hidden toolbar buttons exist: use with visibility.
 * Sources: BBB bigbluebutton-tests/playwright/core/elements.* of the three lines; 3.0 checked against recorded pages.
 */
const test = (...names: readonly string[]): string => names.flatMap((name) => [`[data-test="${name}"]`, `[data-testid="${name}"]`]).join(', ');

type PerVersion = Readonly<Record<UiVersion, string>>;

const TABLE = {
  // loading, modals, errors
  clientReady: 'div#layout',
  /** Before the client has started. */
  errorMessage: 'span#error-message',
  errorScreen: test('errorScreenMessage'),
  /** 4.0 only: the reason's text and number. */
  errorScreenDescription: test('errorScreenDescription'),
  errorScreenCode: test('errorScreenCode'),
  sessionDetailsModal: test('sessionDetailsModal'),
  closeModal: test('closeModal'),
  modalConfirm: test('modalConfirmButton'),
  modalDismiss: test('modalDismissButton'),
  recordingConsent: { '2.7': 'div#simpleModal button', '3.0': 'div#simpleModal button', '4.0': within('recordingNotifyModal', 'button') },
  toast: test('toastSmallMsg'),
  meetingEndedModal: test('meetingEndedModal'),
  guestMessage: test('guestMessage'),
  // audio
  audioModal: test('audioModal'),
  joinAudio: test('joinAudio'),
  microphoneButton: test('microphoneBtn'),
  listenOnlyButton: test('listenOnlyBtn'),
  /** Local echo test, or echo through the server (2.7). */
  echoConfirm: { '2.7': test('joinEchoTestButton', 'echoYesBtn'), '3.0': test('joinEchoTestButton'), '4.0': test('joinEchoTestButton') },
  stopHearing: test('stopHearingButton'),
  connectingToEcho: test('connectingToEchoTest'),
  establishingAudio: test('establishingAudioLabel'),
  muteButton: test('muteMicButton'),
  unmuteButton: test('unmuteMicButton'),
  leaveListenOnly: test('leaveListenOnly'),
  audioMenu: test('audioDropdownMenu'),
  leaveAudio: test('leaveAudio'),
  talkingIndicator: test('talkingIndicator'),
  // camera and screen
  joinVideo: test('joinVideo'),
  leaveVideo: test('leaveVideo'),
  videoPreview: test('videoPreview', 'mirroredVideoPreview'),
  videoQuality: 'select#setQuality',
  startSharing: test('startSharingWebcam'),
  webcamConnecting: test('webcamConnecting'),
  webcamItem: test('webcamVideoItem'),
  /** Every camera shown; one's own is mirrored unless settings say otherwise. */
  videoContainers: test('videoContainer', 'mirroredVideoContainer'),
  mirroredVideo: test('mirroredVideoContainer'),
  startScreenShare: test('startScreenShare'),
  stopScreenShare: test('stopScreenShare'),
  screenshareVideo: 'video#screenshareVideo',
  nextSlide: test('nextSlide'),
  // chat, users, presence
  /** Shows the messages; 4.0 opens the panel with the first and the public chat with the second. */
  chatButton: { '2.7': test('chatButton'), '3.0': test('chatButton'), '4.0': test('messagesSidebarButton') },
  publicChatButton: test('publicChatButton'),
  chatInput: 'textarea#message-input',
  sendMessage: test('sendMessageButton'),
  chatMessages: test('chatMessages'),
  chatMessageText: { '2.7': test('chatUserMessageText'), '3.0': within('messageContent', 'p'), '4.0': within('messageContent', 'p') },
  hideChat: test('hidePublicChat'),
  userListToggle: { '2.7': test('toggleUserList'), '3.0': test('toggleUserList'), '4.0': test('usersListSidebarButton') },
  userList: { '2.7': test('userList', 'userListContent'), '3.0': test('userList', 'userListContent'), '4.0': test('userListPanel') },
  userListItem: test('userListItem', 'userListItemCurrent'),
  ownUserListItem: test('userListItemCurrent'),
  raiseHand: test('raiseHandBtn'),
  lowerHand: test('lowerHandBtn'),
  /** 2.7 keeps the hand in this menu. */
  reactionsButton: test('reactionsButton'),
  reactionItem: test('reaction'),
  manageUsers: test('manageUsers'),
  muteAllButPresenter: test('muteAllExceptPresenter'),
  /** Mutes everybody, too, where nobody is muted. */
  unmuteAll: test('muteAll', 'usersJoinMuted'),
  // poll, whiteboard, breakout rooms
  actionsMenu: test('actionsButton'),
  openPoll: { '2.7': test('polling'), '3.0': test('polling'), '4.0': test('pollSidebarButton') },
  pollYesNo: test('pollYesNoAbstentionBtn'),
  startPoll: test('startPoll'),
  publishPoll: test('publishPollingLabel'),
  pollQuestion: test('pollingContainer'),
  pollAnswer: test('pollAnswerOption'),
  whiteboardForAll: test('turnMultiUsersWhiteboardOn'),
  whiteboardForPresenter: test('turnMultiUsersWhiteboardOff'),
  /** tldraw 1 in 2.7, then tldraw 2. */
  pencil: { '2.7': 'button#TD-PrimaryTools-Pencil', '3.0': test('tools.draw'), '4.0': test('tools.draw') },
  canvas: { '2.7': 'div#canvas', '3.0': test('canvas'), '4.0': test('canvas') },
  stroke: { '2.7': '[data-shape="draw"]', '3.0': '[data-shape-type="draw"]', '4.0': '[data-shape-type="draw"]' },
  createRooms: test('createBreakoutRooms'),
  /** 4.0 only, as the button that it leads to. */
  roomsSidebar: test('breakoutroomSidebarButton'),
  createRoomsButton: test('createBreakoutRoomsButton'),
  numberOfRooms: 'select#numberOfRooms',
  roomMinutes: test('durationTime'),
  assignRandomly: test('randomlyAssign'),
  roomsItem: { '2.7': test('breakoutRoomsItem'), '3.0': test('breakoutRoomsItem'), '4.0': test('breakoutroomSidebarButton') },
  roomsMenu: test('breakoutOptionsMenu'),
  endRooms: test('endAllBreakouts'),
  // leaving, options
  /** Not in 2.7, which has `optionsLogout` under `optionsButton`. */
  leaveDropdown: test('leaveMeetingDropdown'),
  directLogout: test('directLogoutButton'),
  optionsButton: test('optionsButton'),
  optionsLogout: { '2.7': test('logout'), '3.0': test('optionsLogoutButton'), '4.0': test('optionsLogoutButton') },
  connectionStatus: test('connectionStatusButton'),
} as const satisfies Record<string, string | PerVersion>;

export type SelectorName = keyof typeof TABLE;
export type Selectors = Readonly<Record<SelectorName, string>>;

/** Selectors for a client of unknown version: each matches what any version shows. */
export const SELECTORS: Selectors = resolve((entry) => [...new Set(Object.values(entry).flatMap((one) => one.split(', ')))].join(', '));

/** Selectors for a client; undefined: its version is not known. */
export function selectorsFor(version: UiVersion | undefined): Selectors {
  return version === undefined ? SELECTORS : resolve((entry) => entry[version]);
}

function resolve(choose: (entry: PerVersion) => string): Selectors {
  const entries = Object.entries(TABLE as Readonly<Record<string, string | PerVersion>>);
  return Object.fromEntries(entries.map(([name, entry]) => [name, typeof entry === 'string' ? entry : choose(entry)])) as Selectors;
}

function within(parent: string, child: string): string {
  return `[data-test="${parent}"] ${child}, [data-testid="${parent}"] ${child}`;
}
