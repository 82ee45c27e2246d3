import { button, el, show } from '../dom.js';
import type { CurrentUserRow, MeetingRow, SlideRow, WriterRow } from '../rows.js';
import { Board, type AnnotationRow } from './board.js';
import type { LessonParts } from './parts.js';
import { Poll } from './poll.js';
import { Rooms } from './rooms.js';

/** What happens in a lesson beside chat and media: the whiteboard, polls, breakout rooms, and what moderators do to everybody. */
export class Lesson {
  readonly board: Board;
  /** In the side, under the users. */
  readonly side: readonly HTMLElement[];
  /** At the beginning of the bar. */
  readonly actions: HTMLElement;
  /** Over the stage. */
  readonly question: HTMLElement;
  readonly #parts: LessonParts;
  readonly #poll: Poll;
  readonly #rooms: Rooms;
  readonly #manage: HTMLElement;
  readonly #pollItem: HTMLElement;
  #hasRooms = false;
  readonly #create: HTMLElement;
  #writers = 0;
  #draws = false;
  #presenter = false;

  constructor(parts: LessonParts) {
    const { four, mutate } = parts;
    this.#parts = parts;
    this.board = new Board(parts);
    this.#poll = new Poll(parts);
    this.#rooms = new Rooms(parts);
    this.question = this.#poll.question;
    let muted = false;
    const mute = (on: boolean, exceptPresenter: boolean): void => {
      muted = on;
      void mutate('SetMuted', { muted: on, exceptPresenter });
    };
    this.#create = el('li', { test: 'createBreakoutRooms', onClick: () => void this.#rooms.create() }, 'Create breakout rooms');
    const menu = el('ul', { class: 'menu', hidden: true }, el('li', { test: 'usersJoinMuted', onClick: () => mute(!muted, false) }, 'Mute or unmute everybody'), el('li', { test: 'muteAllExceptPresenter', onClick: () => mute(true, true) }, 'Mute all users except presenter'), this.#create);
    menu.addEventListener('click', () => show(menu, false));
    this.#manage = el('span', { class: 'anchor' }, button('manageUsers', 'Manage users', () => show(menu, menu.hidden), '⚙ Manage users'), menu);
    const openPoll = (): void => this.#poll.toggle();
    this.#pollItem = four ? button('pollSidebarButton', 'Polls', openPoll) : el('li', { test: 'polling', onClick: openPoll }, 'Start a poll');
    const actionsMenu = el('ul', { class: 'menu up', hidden: true }, ...(four ? [] : [this.#pollItem]));
    actionsMenu.addEventListener('click', () => show(actionsMenu, false));
    this.actions = el('span', { class: 'anchor' }, button('actionsButton', 'Actions', () => show(actionsMenu, actionsMenu.hidden), '+'), actionsMenu);
    this.side = [this.#manage, ...(four ? [this.#pollItem] : []), this.#rooms.item, this.#poll.panel, this.#rooms.panel];
    this.#roles(false, false);
  }

  me(me: CurrentUserRow): void {
    this.#presenter = me.presenter === true;
    this.#draws = this.#presenter || me.whiteboardWriteAccess === true;
    this.#hasRooms = (me.breakoutRoomsSummary?.totalOfBreakoutRooms ?? 0) > 0;
    this.#roles(me.isModerator, this.#presenter);
    this.#tools();
    if (me.breakoutRoomsSummary) this.#rooms.follow(me.breakoutRoomsSummary, me.isModerator);
  }

  meeting(row: MeetingRow | undefined): void {
    this.#poll.follow(row?.componentsFlags?.hasPoll === true);
  }

  slide(row: SlideRow): void {
    const { graphql } = this.#parts;
    if (!this.board.page(row)) return;
    // The board of another page; that of the first comes with the join.
    graphql.complete('annotationHistoryStream');
    void graphql.request('CurrentPageAnnotationsQuery', { pageId: row.pageId }).then((rows) => this.drawn(rows as AnnotationRow[]), () => undefined);
    graphql.subscribe('annotationHistoryStream', { pageId: row.pageId, updatedAt: new Date().toISOString() }, (rows) => this.drawn(rows as AnnotationRow[]));
  }

  writers(rows: readonly WriterRow[]): void {
    this.#writers = rows.filter(({ presenter }) => presenter !== true).length;
    this.#tools();
  }

  drawn(rows: readonly AnnotationRow[]): void {
    this.board.show(rows);
  }

  #tools(): void {
    this.board.may(this.#draws, this.#presenter, this.#writers > 0);
  }

  #roles(moderator: boolean, presenter: boolean): void {
    show(this.#manage, moderator);
    show(this.#create, !this.#hasRooms);
    show(this.actions, presenter);
    show(this.#pollItem, presenter);
  }
}
