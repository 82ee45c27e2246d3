import type { Locator, Page } from 'playwright';
import { SELECTORS, type SelectorName } from '../bbb/selectors.js';
import { HarnessError, messageOf, type ErrorCode } from '../core/errors.js';

/** Limits of single waits; the walk of a user has limits of its own around them. */
export interface DriverLimits {
  readonly readyTimeoutMs: number;
  readonly audioTimeoutMs: number;
  readonly stepTimeoutMs: number;
}

/** Operates BBB's client as a person does: by what is visible, one click at a time. Rejects with HarnessErrors. */
export class ClientDriver {
  readonly #page: Page;
  readonly #limits: DriverLimits;

  constructor(page: Page, limits: DriverLimits) {
    this.#page = page;
    this.#limits = limits;
  }

  /** Waits for the client, closes the session details that cover it. */
  async ready(): Promise<void> {
    const { readyTimeoutMs } = this.#limits;
    const first = await this.#either('CLIENT_NOT_READY', 'the client did not appear', readyTimeoutMs, ['clientReady', 'errorScreen', 'errorMessage', 'guestMessage']);
    if (first === 'guestMessage') throw new HarnessError('JOIN_DENIED', 'the user waits in the guest lobby', { hint: 'set guestPolicy=ALWAYS_ACCEPT for the test' });
    if (first !== 'clientReady') throw new HarnessError('CLIENT_ERROR_SCREEN', `the client shows an error: ${await this.#textOf(first)}`);
    // The audio modal opens behind the session details; what covers the page is closed first.
    const top = await this.#either('CLIENT_NOT_READY', 'the client opened no dialogue', readyTimeoutMs, ['sessionDetailsModal', 'audioModal', 'joinAudio', 'muteButton', 'unmuteButton', 'leaveListenOnly']);
    if (top !== 'sessionDetailsModal') return;
    await this.#click('closeModal', 'CLIENT_NOT_READY', 'the session details could not be closed');
    await this.#hidden('sessionDetailsModal', 'CLIENT_NOT_READY', 'the session details did not close');
  }

  /** Through the audio modal until the client says that it is connected. */
  async connectAudio(choice: 'microphone' | 'listen-only'): Promise<void> {
    const connected: readonly SelectorName[] = ['muteButton', 'unmuteButton', 'leaveListenOnly'];
    const first = await this.#either('AUDIO_FAILED', 'the client offers no audio', this.#limits.audioTimeoutMs, ['audioModal', ...connected, 'joinAudio']);
    if (connected.includes(first)) return;
    if (first === 'joinAudio' && !(await this.#shown('audioModal'))) await this.#click('joinAudio', 'AUDIO_FAILED', 'the audio dialogue did not open');
    if (choice === 'listen-only') await this.#chooseListenOnly();
    else await this.#chooseMicrophone();
    await this.#either('AUDIO_FAILED', `audio (${choice}) did not connect`, this.#limits.audioTimeoutMs, connected);
    await this.#hidden('establishingAudio', 'AUDIO_FAILED', 'audio kept connecting');
    // Over LiveKit who only listens is muted: there is no other way in.
    if (choice === 'listen-only' && !(await this.#shown('leaveListenOnly')) && (await this.#shown('muteButton'))) await this.switchMicrophone(false);
  }

  async shareWebcam(): Promise<void> {
    await this.#uncover();
    await this.#click('joinVideo', 'WEBCAM_FAILED', 'the webcam button cannot be used');
    await this.#click('startSharing', 'WEBCAM_FAILED', 'the webcam preview did not open');
    await this.#either('WEBCAM_FAILED', 'the webcam was not shared', this.#limits.stepTimeoutMs, ['leaveVideo']);
  }

  /** Types, sends, and waits until the own message stands in the chat. */
  async sendChat(text: string): Promise<void> {
    await this.#uncover();
    await this.#openChat();
    await this.#attempt('STEP_FAILED', 'the message could not be typed', () => this.#visible('chatInput').fill(text, { timeout: this.#limits.stepTimeoutMs }));
    await this.#click('sendMessage', 'STEP_FAILED', 'the message could not be sent');
    await this.#attempt('STEP_FAILED', 'the own message did not appear in the chat', () =>
      this.#page.locator(SELECTORS.chatMessageText).filter({ hasText: text }).last().waitFor({ state: 'visible', timeout: this.#limits.stepTimeoutMs }),
    );
  }

  async raiseHand(): Promise<void> {
    await this.#uncover();
    // 2.7 keeps the hand in the reactions menu.
    if (!(await this.#shown('raiseHand')) && (await this.#shown('reactionsButton'))) await this.#click('reactionsButton', 'STEP_FAILED', 'the reactions did not open');
    await this.#click('raiseHand', 'STEP_FAILED', 'the hand could not be raised');
    await this.#either('STEP_FAILED', 'the hand did not go up', this.#limits.stepTimeoutMs, ['lowerHand']);
  }

  /** Chromium picks the screen by itself (flags.ts); resolves when the client says that it is shared, or no longer. */
  async shareScreen(on: boolean): Promise<void> {
    await this.#uncover();
    const [press, wait] = on ? (['startScreenShare', 'stopScreenShare'] as const) : (['stopScreenShare', 'startScreenShare'] as const);
    await this.#click(press, 'STEP_FAILED', on ? 'the screen cannot be shared; only the presenter has the button' : 'the screen is not shared');
    await this.#either('STEP_FAILED', on ? 'the screen was not shared' : 'the screen did not stop being shared', this.#limits.stepTimeoutMs, [wait]);
  }

  async nextSlide(): Promise<void> {
    await this.#uncover();
    await this.#click('nextSlide', 'STEP_FAILED', 'the page could not be turned; only the presenter can, and not after the last');
  }

  /** The user's own microphone. */
  async switchMicrophone(on: boolean): Promise<void> {
    await this.#uncover();
    const [press, wait] = on ? (['unmuteButton', 'muteButton'] as const) : (['muteButton', 'unmuteButton'] as const);
    if (await this.#shown(wait)) return;
    await this.#click(press, 'STEP_FAILED', 'the microphone could not be switched');
    await this.#either('STEP_FAILED', 'the microphone was not switched', this.#limits.stepTimeoutMs, [wait]);
  }

  async leave(): Promise<void> {
    await this.#uncover();
    if (await this.#shown('leaveDropdown')) {
      await this.#click('leaveDropdown', 'STEP_FAILED', 'the leave menu did not open');
      await this.#click('directLogout', 'STEP_FAILED', 'the leave menu has no leave');
    } else {
      await this.#click('optionsButton', 'STEP_FAILED', 'the options did not open');
      await this.#click('optionsLogout', 'STEP_FAILED', 'the options have no logout');
    }
    await this.#hidden('clientReady', 'STEP_FAILED', 'the client did not leave');
  }

  /** The client opens its audio dialogue by itself, over everything else; who wants no audio closes it first. */
  async #uncover(): Promise<void> {
    if (!(await this.#shown('audioModal'))) return;
    await this.#click('closeModal', 'STEP_FAILED', 'the audio dialogue could not be closed');
    await this.#hidden('audioModal', 'STEP_FAILED', 'the audio dialogue did not close');
  }

  async #openChat(): Promise<void> {
    if (await this.#shown('chatInput')) return;
    await this.#click('chatButton', 'STEP_FAILED', 'the chat did not open');
    // 4.0 opens a panel with a list of chats first.
    const next = await this.#either('STEP_FAILED', 'the chat did not open', this.#limits.stepTimeoutMs, ['chatInput', 'publicChatButton']);
    if (next === 'publicChatButton') await this.#click('publicChatButton', 'STEP_FAILED', 'the public chat did not open');
  }

  async #chooseListenOnly(): Promise<void> {
    const offered = await this.#either('AUDIO_FAILED', 'the client offers no audio', this.#limits.audioTimeoutMs, ['listenOnlyButton', 'microphoneButton']);
    if (offered === 'listenOnlyButton') await this.#click('listenOnlyButton', 'AUDIO_FAILED', 'the client does not offer listen only');
    else await this.#chooseMicrophone();
  }

  async #chooseMicrophone(): Promise<void> {
    await this.#click('microphoneButton', 'AUDIO_FAILED', 'the client does not offer the microphone');
    const next = await this.#either('AUDIO_FAILED', 'the microphone test did not open', this.#limits.audioTimeoutMs, ['echoConfirm', 'muteButton', 'unmuteButton']);
    if (next === 'echoConfirm') await this.#click('echoConfirm', 'AUDIO_FAILED', 'the microphone test could not be confirmed');
  }

  /** Duplicate hidden toolbar buttons exist: only what is visible counts. */
  #visible(name: SelectorName): Locator {
    return this.#page.locator(SELECTORS[name]).filter({ visible: true }).first();
  }

  #shown(name: SelectorName): Promise<boolean> {
    return this.#visible(name)
      .isVisible()
      .catch(() => false);
  }

  async #click(name: SelectorName, code: ErrorCode, failure: string): Promise<void> {
    await this.#attempt(code, failure, () => this.#visible(name).click({ timeout: this.#limits.stepTimeoutMs }));
  }

  async #hidden(name: SelectorName, code: ErrorCode, failure: string): Promise<void> {
    await this.#attempt(code, failure, () => this.#page.locator(SELECTORS[name]).filter({ visible: true }).first().waitFor({ state: 'hidden', timeout: this.#limits.stepTimeoutMs }));
  }

  /** The first of several things to become visible, in the order given. */
  async #either(code: ErrorCode, failure: string, timeoutMs: number, names: readonly SelectorName[]): Promise<SelectorName> {
    const any = names.map((name) => SELECTORS[name]).join(', ');
    await this.#attempt(code, failure, () => this.#page.locator(any).filter({ visible: true }).first().waitFor({ state: 'visible', timeout: timeoutMs }));
    for (const name of names) if (await this.#shown(name)) return name;
    return names[0]!;
  }

  async #attempt(code: ErrorCode, failure: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      throw new HarnessError(code, `${failure} (${reasonOf(error)})`, { cause: error });
    }
  }

  async #textOf(name: SelectorName): Promise<string> {
    const text = await this.#visible(name)
      .textContent({ timeout: this.#limits.stepTimeoutMs })
      .catch(() => '');
    return (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 200) || 'without words';
  }
}

/** The first sentence of Playwright's message, without its call log. */
function reasonOf(error: unknown): string {
  return messageOf(error).split('\n')[0]!.slice(0, 160);
}
