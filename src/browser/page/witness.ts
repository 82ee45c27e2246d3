import { MARK_PATTERN } from '../../vu/notice.js';

/** What the page shows of others: messages in an open chat, the length of the user list. Looks from inside, so that nothing is polled from without. */
export interface WitnessSelectors {
  readonly chat: string;
  readonly chatText: string;
  readonly userList: string;
  readonly userItem: string;
}

const MARK = new RegExp(MARK_PATTERN);
/** The client lists users by pages of 50: of a longer list the length is not known. */
const LISTED_AT_MOST = 50;
const MAX_KNOWN = 1_000;

export class Witness {
  readonly #selectors: WitnessSelectors;
  readonly #tell: (message: unknown) => void;
  readonly #known = new Set<string>();
  #chat: Element | undefined;
  #observer: MutationObserver | undefined;
  #users: number | undefined;

  constructor(selectors: WitnessSelectors, tell: (message: unknown) => void) {
    this.#selectors = selectors;
    this.#tell = tell;
  }

  /** Called now and then: finds a chat that was opened or closed, counts the user list. */
  look(): void {
    const { chat, userList, userItem } = this.#selectors;
    const open = [...document.querySelectorAll(chat)].find(isVisible);
    if (open !== this.#chat) this.#watch(open);
    const list = [...document.querySelectorAll(userList)].find(isVisible);
    const rows = list?.querySelectorAll(userItem).length ?? 0;
    const users = rows === 0 || rows >= LISTED_AT_MOST ? undefined : rows;
    if (users === this.#users) return;
    this.#users = users;
    this.#tell({ is: 'users', count: users ?? null });
  }

  #watch(chat: Element | undefined): void {
    this.#observer?.disconnect();
    if (this.#chat !== undefined) this.#tell({ is: 'watching', on: false });
    this.#chat = chat;
    if (!chat) return;
    // What stands there already came before anybody looked.
    for (const mark of this.#marks(chat)) this.#known.add(mark);
    this.#tell({ is: 'watching', on: true });
    this.#observer = new MutationObserver(() => {
      const wallMs = Date.now();
      for (const mark of this.#marks(chat)) {
        if (this.#known.has(mark)) continue;
        this.#known.add(mark);
        this.#tell({ is: 'seen', mark, wallMs });
      }
      if (this.#known.size > MAX_KNOWN) for (const mark of [...this.#known].slice(0, MAX_KNOWN / 2)) this.#known.delete(mark);
    });
    this.#observer.observe(chat, { childList: true, subtree: true, characterData: true });
  }

  #marks(chat: Element): string[] {
    return [...chat.querySelectorAll(this.#selectors.chatText)].flatMap((one) => {
      const match = MARK.exec(one.textContent);
      return match ? [match[0].trim()] : [];
    });
  }
}

function isVisible(element: Element): boolean {
  return element.getClientRects().length > 0;
}
