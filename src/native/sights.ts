import type { NoticeKind, Sight } from '../vu/notice.js';
import { markText, readMark } from '../vu/notice.js';
import { SHAPE_PREFIX } from './whiteboard.js';
import type { MeetingView } from './meeting-view.js';

/** Ids of messages that were reported; older ones cannot come again. */
const MAX_KNOWN = 2_000;

/**
 * Notices what one user's client would show for the first time: chat messages while the chat is open, raised hands, another slide, a poll, strokes.
 * What is there when it begins to look is history, not news.
 */
export class Sights {
  readonly #report: (sight: Sight) => void;
  readonly #watching = new Set<NoticeKind>();
  readonly #messages = new Set<string>();
  #hands: ReadonlySet<string> = new Set();
  #pageId = '';
  #pollId = '';
  readonly #shapes = new Set<string>();

  constructor(report: (sight: Sight) => void) {
    this.#report = report;
  }

  /** After each new document of a root field. */
  look(rootField: string, view: MeetingView): void {
    if (rootField === 'chat_message_public') this.#lookAtChat(view);
    else if (rootField === 'user') this.#lookAtHands(view);
    else if (rootField === 'pres_page_curr') this.#lookAtSlide(view);
    else if (rootField === 'meeting') this.#lookAtPoll(view);
    else if (rootField === 'pres_annotation_history_curr_stream') this.#lookAtBoard(view);
  }

  /** The page has gone: it shows nothing any more. */
  away(): void {
    for (const kind of this.#watching) this.#report({ is: 'watching', kind, on: false });
    this.#watching.clear();
    this.#messages.clear();
    this.#hands = new Set();
    this.#pageId = '';
    this.#pollId = '';
    this.#shapes.clear();
  }

  #lookAtChat(view: MeetingView): void {
    const isNews = !this.#begin('chat');
    for (const { id, text } of view.messages) {
      if (this.#messages.has(id)) continue;
      this.#messages.add(id);
      const mark = isNews ? readMark(text) : undefined;
      if (mark) this.#report({ is: 'seen', kind: 'chat', key: markText(mark) });
    }
    if (this.#messages.size > MAX_KNOWN) for (const id of [...this.#messages].slice(0, MAX_KNOWN / 2)) this.#messages.delete(id);
  }

  #lookAtHands(view: MeetingView): void {
    const isNews = !this.#begin('hand');
    const up = new Set(view.handsUp);
    if (isNews) for (const name of up) if (!this.#hands.has(name)) this.#report({ is: 'seen', kind: 'hand', key: name });
    this.#hands = up;
  }

  #lookAtSlide(view: MeetingView): void {
    const { pageId } = view;
    if (pageId === '' || pageId === this.#pageId) return;
    const isNews = !this.#begin('slide');
    // What is drawn from now on comes by the stream of this page.
    this.#begin('draw');
    this.#pageId = pageId;
    if (isNews) this.#report({ is: 'seen', kind: 'slide', key: '' });
  }

  #lookAtPoll(view: MeetingView): void {
    this.#begin('poll');
    const pollId = view.pendingPoll?.pollId ?? '';
    if (pollId === '' || pollId === this.#pollId) return;
    this.#pollId = pollId;
    this.#report({ is: 'seen', kind: 'poll', key: '' });
  }

  #lookAtBoard(view: MeetingView): void {
    for (const id of view.shapesTold) {
      if (this.#shapes.has(id)) continue;
      this.#shapes.add(id);
      const mark = id.startsWith(SHAPE_PREFIX) ? readMark(`#${id.slice(SHAPE_PREFIX.length)}`) : undefined;
      if (mark) this.#report({ is: 'seen', kind: 'draw', key: markText(mark) });
    }
    if (this.#shapes.size > MAX_KNOWN) for (const id of [...this.#shapes].slice(0, MAX_KNOWN / 2)) this.#shapes.delete(id);
  }

  /** True the first time. */
  #begin(kind: NoticeKind): boolean {
    if (this.#watching.has(kind)) return false;
    this.#watching.add(kind);
    this.#report({ is: 'watching', kind, on: true });
    return true;
  }
}
