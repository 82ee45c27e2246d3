import { button, el, setText, show } from './dom.js';
import type { MessageRow, UserRow } from './rows.js';

const MAX_MESSAGES_SHOWN = 50;

/** User list: rows are kept and changed in place. */
export class UserList {
  readonly panel: HTMLElement;
  readonly toggle: HTMLButtonElement;
  readonly #heading = el('h2', {}, 'Users');
  readonly #list = el('div', { test: 'userListContent' });
  readonly #rows = new Map<string, HTMLElement>();

  /** 4.0 has a sidebar of buttons. */
  constructor(four: boolean) {
    this.panel = el('section', { test: four ? 'userListPanel' : 'userList', class: 'users', label: 'Users' }, this.#heading, this.#list);
    this.toggle = button(four ? 'usersListSidebarButton' : 'toggleUserList', 'Users and messages toggle', () => show(this.panel, this.panel.hidden), '☰');
  }

  count(count: number): void {
    setText(this.#heading, `Users (${count})`);
  }

  update(users: readonly UserRow[], ownId: string): void {
    const gone = new Set(this.#rows.keys());
    for (const user of users) {
      gone.delete(user.userId);
      let row = this.#rows.get(user.userId);
      if (!row) {
        row = el('div', { test: user.userId === ownId ? 'userListItemCurrent' : 'userListItem', class: 'user' }, el('span', { test: user.isModerator ? 'moderatorAvatar' : 'viewerAvatar', class: user.isModerator ? 'avatar moderator' : 'avatar' }, user.name.slice(0, 2)), el('span', {}));
        this.#rows.set(user.userId, row);
        this.#list.append(row);
      }
      const marks = [user.presenter ? 'presenter' : '', user.raiseHand ? 'hand up' : '', user.cameras.length > 0 ? 'camera' : '', user.voice ? (user.voice.listenOnly ? 'listens' : 'mic') : ''].filter((mark) => mark !== '');
      setText(row.lastChild as HTMLElement, `${user.name}${user.userId === ownId ? ' (you)' : ''}${marks.length > 0 ? ` · ${marks.join(' · ')}` : ''}`);
    }
    for (const userId of gone) {
      this.#rows.get(userId)?.remove();
      this.#rows.delete(userId);
    }
  }
}

export interface ChatActions {
  opened(): void;
  send(text: string): void;
  typing(): void;
}

/** Public chat: opened by its button, at most 50 messages in the DOM. */
export class Chat {
  readonly panel: HTMLElement;
  readonly openButton: HTMLButtonElement;
  readonly sidebarButton: HTMLButtonElement | undefined;
  readonly #messages = el('div', { test: 'chatMessages', class: 'messages' });
  readonly #input = el('textarea', { id: 'message-input', label: 'Message input for chat public chat' });
  readonly #typing = el('p', { test: 'typingIndicator', class: 'typing' });
  readonly #shown = new Map<string, HTMLElement>();
  readonly #actions: ChatActions;
  #unread = 0;

  constructor(four: boolean, actions: ChatActions) {
    this.#actions = actions;
    this.#input.placeholder = 'Message public chat';
    this.#input.rows = 2;
    this.#input.addEventListener('input', () => actions.typing());
    this.#input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey) return;
      event.preventDefault();
      this.#send();
    });
    const hide = button('hidePublicChat', 'Hide public chat', () => show(this.panel, false), 'Public chat ‹');
    const send = button('sendMessageButton', 'Send message', () => this.#send(), 'Send');
    send.classList.add('primary');
    this.panel = el('section', { class: 'chat', label: 'Public chat', hidden: true }, hide, this.#messages, this.#typing, el('div', { class: 'compose' }, this.#input, send));
    this.openButton = button(four ? 'publicChatButton' : 'chatButton', 'public chat', () => this.open(), 'Public chat');
    this.openButton.hidden = four;
    // 4.0 shows the chats that there are first.
    this.sidebarButton = four ? button('messagesSidebarButton', 'Messages', () => show(this.openButton, true)) : undefined;
  }

  open(): void {
    if (!this.panel.hidden) return;
    show(this.panel, true);
    this.unread(0);
    this.#actions.opened();
  }

  unread(count: number): void {
    if (count === this.#unread) return;
    this.#unread = count;
    setText(this.openButton, count > 0 && this.panel.hidden ? `Public chat (${count})` : 'Public chat');
  }

  typing(names: readonly string[]): void {
    setText(this.#typing, names.length === 0 ? '' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} typing`);
  }

  update(messages: readonly MessageRow[]): void {
    for (const { messageId, senderName, message } of messages.slice(-MAX_MESSAGES_SHOWN)) {
      if (this.#shown.has(messageId)) continue;
      const row = el('div', { test: 'chatMessageItem', class: 'message' }, el('strong', {}, senderName), el('div', { test: 'messageContent' }, el('p', { test: 'chatUserMessageText' }, message)));
      this.#shown.set(messageId, row);
      this.#messages.append(row);
      row.scrollIntoView({ block: 'nearest' });
    }
    for (const [messageId, row] of this.#shown) {
      if (this.#shown.size <= MAX_MESSAGES_SHOWN) break;
      row.remove();
      this.#shown.delete(messageId);
    }
  }

  #send(): void {
    const text = this.#input.value.trim();
    if (text === '') return;
    this.#input.value = '';
    this.#actions.send(text);
  }
}

/** Cameras: one box each; small on purpose, since painting is what a video costs. */
export class VideoGrid {
  readonly grid = el('section', { class: 'videos', label: 'Webcams' });
  readonly #boxes = new Map<string, HTMLElement>();

  add(cameraId: string, name: string, stream: MediaStream, own: boolean): void {
    this.remove(cameraId);
    const video = el('video', { test: own ? 'mirroredVideoContainer' : 'videoContainer' });
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    video.srcObject = stream;
    const box = el('div', { test: 'webcamVideoItem', class: 'video' }, video, el('span', {}, name));
    this.#boxes.set(cameraId, box);
    this.grid.append(box);
  }

  connecting(cameraId: string, name: string): void {
    const box = el('div', { test: 'webcamConnecting', class: 'video' }, el('span', {}, `${name} …`));
    this.#boxes.set(cameraId, box);
    this.grid.append(box);
  }

  remove(cameraId: string): void {
    const box = this.#boxes.get(cameraId);
    const video = box?.querySelector('video');
    if (video) video.srcObject = null;
    box?.remove();
    this.#boxes.delete(cameraId);
  }
}
