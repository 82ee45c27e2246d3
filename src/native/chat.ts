import type { Operation } from '../bbb/operations.js';
import type { MeetingView } from './meeting-view.js';

/** What the chat takes of the user's session. */
export interface ChatParts {
  readonly mutate: (name: string, variables: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly operation: (name: string) => Operation;
  /** Starts a subscription whose documents go into the view; `onDocument` hears of each after that. */
  readonly subscribe: (operation: Operation, variables: Readonly<Record<string, unknown>>, onDocument: (document: unknown) => void) => void;
  readonly view: () => MeetingView;
  readonly wallMs: () => number;
}

const PUBLIC_CHAT = 'MAIN-PUBLIC-GROUP-CHAT';
/** Messages that the client loads at a time. */
const PAGE = 50;

/** The public chat of one user. The client subscribes to messages while the chat is open, and to no page but the last ones. */
export class Chat {
  readonly #parts: ChatParts;
  #opened: Promise<void> | undefined;

  constructor(parts: ChatParts) {
    this.#parts = parts;
  }

  /** Opens the chat once; again if that failed. */
  open(): Promise<void> {
    this.#opened ??= this.#show().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** Resolves when the server has taken the message; `copiesOf` says when it stands in the chat. */
  async send(text: string): Promise<void> {
    await this.#parts.mutate('ChatSendMessage', { chatId: PUBLIC_CHAT, chatMessageInMarkdownFormat: text, replyToMessageId: null });
    void this.#lastSeen();
  }

  copiesOf(text: string): number {
    return this.#parts.view().messages.filter((one) => one.text.includes(text)).length;
  }

  async #show(): Promise<void> {
    const { mutate, operation, subscribe, view } = this.#parts;
    await mutate('GetChatData', { chatId: PUBLIC_CHAT });
    subscribe(operation('IsTyping'), {}, () => undefined);
    this.#viewPage(Math.floor(view().messageCount / PAGE) * PAGE);
    await this.#lastSeen();
  }

  /** A page of messages; when it is full, the next. */
  #viewPage(offset: number): void {
    let full = false;
    this.#parts.subscribe(this.#parts.operation('chatMessages'), { offset, limit: PAGE }, (document) => {
      if (full || !Array.isArray(document) || document.length < PAGE) return;
      full = true;
      this.#viewPage(offset + PAGE);
    });
  }

  #lastSeen(): Promise<void> {
    const ignore = (): void => undefined;
    return this.#parts.mutate('UpdateChatLastSeen', { chatId: PUBLIC_CHAT, lastSeenAt: new Date(this.#parts.wallMs()).toISOString() }).then(ignore, ignore);
  }
}
