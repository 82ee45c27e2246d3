import type { AudioState } from './audio.js';
import { button, el, show } from './dom.js';

export interface ToolbarActions {
  openAudio(): void;
  leaveAudio(): void;
  mute(muted: boolean): void;
  openCamera(): void;
  stopCamera(): void;
  raiseHand(raised: boolean): void;
  react(emoji: string): void;
  shareScreen(on: boolean): void;
  nextSlide(): void;
  leave(): void;
  endMeeting(): void;
}

/** settings.yml of BBB 3.0, userReaction.reactions. */
const EMOJIS = ['😃', '🙁', '👍', '👎', '👏', '🎉'] as const;

/** The bar at the bottom and the leave menu: buttons exist once and are shown or hidden. */
export class Toolbar {
  readonly bar: HTMLElement;
  readonly leaveMenu: HTMLElement;
  readonly #join: HTMLElement;
  readonly #mute: HTMLElement;
  readonly #unmute: HTMLElement;
  readonly #leaveListenOnly: HTMLElement;
  readonly #menuButton: HTMLElement;
  readonly #menu: HTMLElement;
  readonly #joinVideo: HTMLElement;
  readonly #leaveVideo: HTMLElement;
  readonly #raise: HTMLElement;
  readonly #lower: HTMLElement;
  readonly #screen: HTMLElement;
  readonly #noScreen: HTMLElement;
  readonly #next: HTMLElement;
  #presenter = false;
  #sharing = false;
  readonly #end: HTMLElement;

  constructor(actions: ToolbarActions) {
    this.#join = button('joinAudio', 'Join audio', actions.openAudio);
    this.#mute = button('muteMicButton', 'Mute', () => actions.mute(true));
    this.#unmute = button('unmuteMicButton', 'Unmute', () => actions.mute(false));
    this.#leaveListenOnly = button('leaveListenOnly', 'Leave audio', actions.leaveAudio);
    const leaveAudio = el('li', { test: 'leaveAudio', onClick: actions.leaveAudio }, 'Leave audio');
    this.#menu = el('ul', { class: 'menu up', hidden: true }, leaveAudio);
    this.#menuButton = button('audioDropdownMenu', 'Change audio device', () => show(this.#menu, this.#menu.hidden), '▾');
    this.#joinVideo = button('joinVideo', 'Share webcam', actions.openCamera);
    this.#leaveVideo = button('leaveVideo', 'Stop sharing webcam', actions.stopCamera);
    this.#raise = button('raiseHandBtn', 'Raise your hand', () => actions.raiseHand(true));
    this.#lower = button('lowerHandBtn', 'Lower your hand', () => actions.raiseHand(false));
    this.#screen = button('startScreenShare', 'Share your screen', () => actions.shareScreen(true));
    this.#noScreen = button('stopScreenShare', 'Stop sharing your screen', () => actions.shareScreen(false));
    this.#next = button('nextSlide', 'Next slide', actions.nextSlide, '›');
    const emojis = el('ul', { class: 'menu up row', hidden: true }, ...EMOJIS.map((emoji) => el('li', { test: 'reaction', label: emoji, onClick: () => actions.react(emoji) }, emoji)));
    emojis.addEventListener('click', () => show(emojis, false));
    const reactions = el('span', { class: 'anchor' }, button('reactionsButton', 'Share a reaction', () => show(emojis, emojis.hidden)), emojis);
    this.bar = el('footer', { class: 'bar', label: 'Actions bar' }, this.#join, this.#mute, this.#unmute, this.#leaveListenOnly, el('span', { class: 'anchor' }, this.#menuButton, this.#menu), this.#joinVideo, this.#leaveVideo, this.#screen, this.#noScreen, this.#next, reactions, this.#raise, this.#lower);

    this.#end = el('li', { test: 'endMeetingButton', onClick: actions.endMeeting }, 'End meeting');
    const direct = el('li', { test: 'directLogoutButton', onClick: actions.leave }, 'Leave meeting');
    const menu = el('ul', { class: 'menu', hidden: true }, direct, this.#end);
    const open = button('leaveMeetingDropdown', 'Leave', () => show(menu, menu.hidden));
    open.classList.add('danger');
    this.leaveMenu = el('span', { class: 'anchor' }, open, menu);
    this.audio('out', false);
    this.camera(false);
    this.hand(false);
    this.role(false, false);
  }

  audio(state: AudioState, muted: boolean): void {
    show(this.#join, state === 'out' || state === 'connecting');
    show(this.#mute, state === 'microphone' && !muted);
    show(this.#unmute, state === 'microphone' && muted);
    show(this.#leaveListenOnly, state === 'listen-only');
    show(this.#menuButton, state === 'microphone');
    if (state !== 'microphone') show(this.#menu, false);
  }

  camera(shared: boolean): void {
    show(this.#joinVideo, !shared);
    show(this.#leaveVideo, shared);
  }

  /** Our own screen. */
  screen(sharing: boolean): void {
    this.#sharing = sharing;
    show(this.#screen, this.#presenter && !sharing);
    show(this.#noScreen, sharing);
  }

  hand(raised: boolean): void {
    show(this.#raise, !raised);
    show(this.#lower, raised);
  }

  role(moderator: boolean, presenter: boolean): void {
    show(this.#end, moderator);
    this.#presenter = presenter;
    show(this.#next, presenter);
    this.screen(this.#sharing);
  }
}
