import { button, el, setText, show } from '../dom.js';
import type { LessonParts } from './parts.js';

interface RoomRow {
  readonly breakoutRoomId: string;
  readonly shortName: string;
  readonly isLastAssignedRoom: boolean;
  readonly joinURL: string | null;
  readonly participants: readonly { readonly user: { readonly name: string } }[];
}

/** Of the current user. */
export interface RoomsSummary {
  readonly totalOfBreakoutRooms: number;
  readonly totalOfShowInvitation: number;
}

const ROOMS = [2, 3, 4, 5, 6, 7, 8] as const;
const DEFAULT_MINUTES = 15;
const LEAST_MINUTES = 5;

/** Breakout rooms: made by a moderator, entered in a page of their own. */
export class Rooms {
  /** Where a moderator sees who is in which. */
  readonly item: HTMLButtonElement;
  readonly panel: HTMLElement;
  readonly #parts: LessonParts;
  readonly #list = el('div', { test: 'breakoutRoomList' });
  #rows: readonly RoomRow[] = [];
  #watching = false;
  #invited = false;
  /** The dialogue is open. */
  #asking = false;
  /** A person said yes before the server had given out the address. */
  #wantsIn = false;

  constructor(parts: LessonParts) {
    this.#parts = parts;
    const { four, mutate } = parts;
    const end = el('li', { test: 'endAllBreakouts', onClick: () => void mutate('BreakoutRoomEndAll', {}) }, 'End all breakout rooms');
    const menu = el('ul', { class: 'menu', hidden: true }, end);
    const options = button('breakoutOptionsMenu', 'Manage breakout rooms', () => show(menu, menu.hidden), '⋮');
    this.panel = el('section', { class: 'panel', label: 'Breakout rooms', hidden: true }, el('header', {}, el('h2', {}, 'Breakout rooms'), el('span', { class: 'anchor' }, options, menu)), this.#list);
    this.item = button(four ? 'breakoutroomSidebarButton' : 'breakoutRoomsItem', 'Breakout rooms', () => this.#opened());
    show(this.item, false);
  }

  /** Rooms may be made: 4.0 has the way there in its sidebar. */
  follow({ totalOfBreakoutRooms, totalOfShowInvitation }: RoomsSummary, moderator: boolean): void {
    const { graphql, four, modals } = this.#parts;
    const rooms = totalOfBreakoutRooms > 0;
    show(this.item, moderator && (rooms || four));
    if (!rooms) show(this.panel, false);
    const watch = rooms && (moderator || totalOfShowInvitation > 0 || this.#watching);
    if (watch !== this.#watching) {
      this.#watching = watch;
      this.#rows = [];
      if (watch) graphql.subscribe('Patched_getBreakoutData', {}, (rows) => this.#show(rows as RoomRow[]));
      else graphql.complete('Patched_getBreakoutData');
    }
    const invited = totalOfShowInvitation > 0;
    if (invited === this.#invited) return;
    this.#invited = invited;
    if (!invited) {
      if (this.#asking) modals.close();
      this.#asking = false;
      return;
    }
    this.#asking = true;
    const yes = button('modalConfirmButton', 'Join room', () => this.#enter());
    yes.classList.add('primary');
    modals.open('breakoutJoinModal', 'Join breakout room', undefined, el('p', {}, 'You have been sent to a breakout room.'), el('div', { class: 'choices' }, button('modalDismissButton', 'Later', () => this.#answered()), yes));
  }

  /** Asks how many, how long, and who goes where. */
  async create(): Promise<void> {
    const { graphql, modals, mutate } = this.#parts;
    const users = ((await graphql.request('getUser')) as readonly { userId: string; name: string; isModerator: boolean }[]).filter(({ isModerator }) => !isModerator);
    const count = el('select', { id: 'numberOfRooms', label: 'Number of rooms' }, ...ROOMS.map((rooms) => el('option', {}, String(rooms))));
    const minutes = el('input', { test: 'durationTime', label: 'Duration, minutes' });
    minutes.type = 'number';
    minutes.value = String(DEFAULT_MINUTES);
    let assigned = false;
    const words = el('p', { test: 'warningNoUserAssigned' }, 'You must place at least one user in a breakout room.');
    const confirm = button('modalConfirmButton', 'Create', () => {
      const rooms = Number(count.value);
      const asked = Array.from({ length: rooms }, (_, index) => ({ name: `${index + 1}`, shortName: `Room ${index + 1}`, isDefaultName: true, sequence: index + 1, freeJoin: false, users: assigned ? users.filter((_user, place) => place % rooms === index).map(({ userId }) => userId) : [], captureNotesFilename: `Room_${index + 1}_Notes`, captureSlidesFilename: `Room_${index + 1}_Whiteboard`, allPages: true, presId: '' }));
      void mutate('BreakoutRoomCreate', { record: false, captureNotes: false, captureSlides: false, durationInMinutes: Number(minutes.value), sendInviteToModerators: false, rooms: asked });
      modals.close();
    });
    confirm.classList.add('primary');
    const look = (): void => {
      confirm.disabled = !assigned || !(Number(minutes.value) >= LEAST_MINUTES);
    };
    minutes.addEventListener('input', look);
    const spread = button('randomlyAssign', 'Randomly assign', () => {
      assigned = users.length > 0;
      setText(words, assigned ? `${users.length} users in ${count.value} rooms.` : 'There is nobody to place in a room.');
      look();
    });
    look();
    modals.open('breakoutModal', 'Create breakout rooms', () => undefined, el('label', {}, 'Rooms ', count), el('label', {}, 'Minutes ', minutes), words, el('div', { class: 'choices' }, spread, confirm));
  }

  #opened(): void {
    // 4.0 has one entry for both.
    if (this.#parts.four && this.#rows.length === 0) {
      const make = button('createBreakoutRoomsButton', 'Create breakout rooms', () => void this.create());
      this.#list.replaceChildren(make);
    }
    show(this.panel, this.panel.hidden);
  }

  #show(rows: readonly RoomRow[]): void {
    this.#rows = rows;
    this.#list.replaceChildren(...rows.map(({ shortName, participants }) => el('p', { test: 'roomItem' }, `${shortName}: ${participants.map(({ user }) => user.name).join(', ') || 'nobody yet'}`)));
    if (this.#wantsIn) this.#enter();
  }

  #answered(): void {
    if (this.#asking) this.#parts.modals.close();
    this.#asking = false;
  }

  #enter(): void {
    const { mutate, leaveAudio, say } = this.#parts;
    const room = this.#rows.find(({ isLastAssignedRoom }) => isLastAssignedRoom) ?? this.#rows[0];
    if (!room) return;
    if (room.joinURL === null) {
      this.#wantsIn = true;
      void mutate('BreakoutRoomRequestJoinUrl', { breakoutRoomId: room.breakoutRoomId });
      return;
    }
    this.#wantsIn = false;
    this.#answered();
    leaveAudio();
    if (!window.open(room.joinURL, '_blank')) say('The browser did not let the breakout room open');
  }
}
