/**
 * Selectors of BBB's HTML5 client for 2.7, 3.0 and 4.0 in one table. `data-test` became `data-testid` for some modals in 4.0;
 * where versions differ a selector lists both, so that a driver need not know the version (servers hide it by default).
 * Duplicate hidden toolbar buttons exist: use them with visibility. Sources: bigbluebutton-tests/playwright/core/elements.*;
 * 3.0 checked against recorded pages (test/contract/selectors.test.ts).
 */
const test = (...names: readonly string[]): string => names.flatMap((name) => [`[data-test="${name}"]`, `[data-testid="${name}"]`]).join(', ');

export const SELECTORS = {
  clientReady: 'div#layout',
  errorMessage: `span#error-message, ${test('errorScreenMessage')}`,
  sessionDetailsModal: test('sessionDetailsModal'),
  closeModal: test('closeModal'),
  audioModal: test('audioModal'),
  joinAudio: test('joinAudio'),
  microphoneButton: test('microphoneBtn'),
  listenOnlyButton: test('listenOnlyBtn'),
  /** Local echo test (3.0, 4.0) or echo through the server (2.7). */
  echoConfirm: test('joinEchoTestButton', 'echoYesBtn'),
  stopHearing: test('stopHearingButton'),
  establishingAudio: test('establishingAudioLabel'),
  muteButton: test('muteMicButton'),
  unmuteButton: test('unmuteMicButton'),
  leaveListenOnly: test('leaveListenOnly'),
  audioMenu: test('audioDropdownMenu'),
  leaveAudio: test('leaveAudio'),
  joinVideo: test('joinVideo'),
  leaveVideo: test('leaveVideo'),
  videoPreview: test('videoPreview', 'mirroredVideoPreview'),
  startSharing: test('startSharingWebcam'),
  webcamConnecting: test('webcamConnecting'),
  ownVideo: 'video[data-test="mirroredVideoContainer"], video[data-test="videoContainer"]',
  videoItem: test('webcamVideoItem'),
  chatButton: test('chatButton', 'messagesSidebarButton', 'publicChatButton'),
  chatInput: 'textarea#message-input',
  sendMessage: test('sendMessageButton'),
  chatMessages: test('chatMessages'),
  chatMessageText: `${test('chatUserMessageText')}, [data-test="messageContent"] p`,
  hideChat: test('hidePublicChat'),
  userListToggle: test('toggleUserList', 'usersListSidebarButton'),
  userListItem: test('userListItem', 'userListItemCurrent'),
  raiseHand: test('raiseHandBtn'),
  lowerHand: test('lowerHandBtn'),
  reactions: test('reactionsButton'),
  leaveDropdown: test('leaveMeetingDropdown'),
  directLogout: test('directLogoutButton', 'optionsLogoutButton', 'logout'),
  /** 2.7 hides logout in the options menu. */
  optionsButton: test('optionsButton'),
  meetingEnded: `${test('meetingEndedModal')}, ${test('meetingEndedModalTitle')}`,
  banner: test('notificationBannerBar'),
  toast: test('toastSmallMsg'),
  connectionStatus: test('connectionStatusButton'),
  guestMessage: test('guestMessage'),
} as const;

export type SelectorName = keyof typeof SELECTORS;
