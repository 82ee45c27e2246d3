import { button, el } from './dom.js';

/** One modal at a time over the page. */
export class Modals {
  readonly #four: boolean;
  readonly layer = el('div', { class: 'layer', hidden: true });

  /** 4.0 names its dialogues by `data-testid`. */
  constructor(four: boolean) {
    this.#four = four;
  }

  open(test: string, title: string, onClose: (() => void) | undefined, ...content: readonly (Node | string)[]): void {
    const close = button('closeModal', `Close ${title}`, () => {
      this.close();
      onClose?.();
    }, '×');
    const box = el('div', { ...(this.#four ? { testid: test } : { test }), class: 'modal', label: title }, el('header', {}, el('h2', {}, title), ...(onClose === undefined ? [] : [close])), ...content);
    box.setAttribute('role', 'dialog');
    box.setAttribute('aria-modal', 'true');
    this.layer.replaceChildren(box);
    this.layer.hidden = false;
  }

  close(): void {
    this.layer.replaceChildren();
    this.layer.hidden = true;
  }
}

/** Replaces the whole page: the client cannot go on. */
export function errorScreen(app: HTMLElement, key: string, message: string): void {
  const heading = el('h1', { test: 'errorScreenMessage' }, message);
  app.replaceChildren(el('main', { class: 'error' }, heading, el('p', {}, `Reason: ${key}`)));
}

const ERROR_TEXTS: Readonly<Record<string, string>> = {
  check_authorization_error: 'You are not authorised to be in this meeting',
  connections_limit_exceeded: 'The server takes no more connections',
  too_many_connections: 'You have too many connections to this meeting',
  meeting_not_found: 'The meeting was not found',
  meeting_ended: 'The meeting has ended',
  user_requested_eject_reason: 'You have been removed from the meeting',
  system_requested_eject_reason: 'You have been removed from the meeting by the system',
  server_closed: 'The server closed the connection',
  request_timeout: 'The server did not answer in time',
};

export function errorText(key: string): string {
  return ERROR_TEXTS[key] ?? 'Something went wrong';
}
