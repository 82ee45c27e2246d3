import type { Page } from 'playwright';
import { SELECTORS, type SelectorName } from '../bbb/selectors.js';
import { HarnessError } from '../core/errors.js';
import { ClientUi, type DriverLimits } from './client-ui.js';

/** What the probe adds to a page (page/probe.ts). */
interface ProbedPage {
  readonly firstbellPictures?: () => Promise<Record<string, number>>;
  readonly firstbellNewPicture?: (known: Readonly<Record<string, number>>, limitMs: number) => Promise<boolean>;
}

/** Operates BBB's client as a person does: by what is visible, one click at a time. Rejects with HarnessErrors. */
export class ClientDriver {
  readonly #ui: ClientUi;

  constructor(page: Page, limits: DriverLimits) {
    this.#ui = new ClientUi(page, limits);
  }

  get ui(): ClientUi {
    return this.#ui;
  }

  /** Waits for the client, closes the session details that cover it. */
  async ready(): Promise<void> {
    const { readyTimeoutMs } = this.#ui.limits;
    const first = await this.#ui.either('CLIENT_NOT_READY', 'the client did not appear', readyTimeoutMs, ['clientReady', 'errorScreen', 'errorMessage', 'guestMessage']);
    if (first === 'guestMessage') throw new HarnessError('JOIN_DENIED', 'the user waits in the guest lobby', { hint: 'set guestPolicy=ALWAYS_ACCEPT for the test' });
    if (first !== 'clientReady') throw new HarnessError('CLIENT_ERROR_SCREEN', `the client shows an error: ${await this.#ui.textOf(first)}`);
    // The audio modal opens behind the session details; what covers the page is closed first.
    const top = await this.#ui.either('CLIENT_NOT_READY', 'the client opened no dialogue', readyTimeoutMs, ['sessionDetailsModal', 'audioModal', 'joinAudio', 'muteButton', 'unmuteButton', 'leaveListenOnly']);
    if (top !== 'sessionDetailsModal') return;
    await this.#ui.click('closeModal', 'CLIENT_NOT_READY', 'the session details could not be closed');
    await this.#ui.hidden('sessionDetailsModal', 'CLIENT_NOT_READY', 'the session details did not close');
  }

  /** Through the audio modal until the client says that it is connected. */
  async connectAudio(choice: 'microphone' | 'listen-only'): Promise<void> {
    const connected: readonly SelectorName[] = ['muteButton', 'unmuteButton', 'leaveListenOnly'];
    const first = await this.#ui.either('AUDIO_FAILED', 'the client offers no audio', this.#ui.limits.audioTimeoutMs, ['audioModal', ...connected, 'joinAudio']);
    if (connected.includes(first)) return;
    if (first === 'joinAudio' && !(await this.#ui.shown('audioModal'))) await this.#ui.click('joinAudio', 'AUDIO_FAILED', 'the audio dialogue did not open');
    if (choice === 'listen-only') await this.#chooseListenOnly();
    else await this.#chooseMicrophone();
    await this.#ui.either('AUDIO_FAILED', `audio (${choice}) did not connect`, this.#ui.limits.audioTimeoutMs, connected);
    await this.#ui.hidden('establishingAudio', 'AUDIO_FAILED', 'audio kept connecting');
    // Over LiveKit who only listens is muted: there is no other way in.
    if (choice === 'listen-only' && !(await this.#ui.shown('leaveListenOnly')) && (await this.#ui.shown('muteButton'))) await this.switchMicrophone(false);
  }

  /**
   * Until its packets flow: the client of 3.0 and 4.0 offers to stop a webcam (`leaveVideo`) as soon as it begins to connect one, before the
   * SFU was asked. In a page without the probe that offer is all there is to see.
   */
  async shareWebcam(): Promise<void> {
    const { page, limits } = this.#ui;
    await this.#ui.uncover();
    const known = await page.evaluate(() => (globalThis as ProbedPage).firstbellPictures?.() ?? {});
    await this.#ui.click('joinVideo', 'WEBCAM_FAILED', 'the webcam button cannot be used');
    await this.#ui.click('startSharing', 'WEBCAM_FAILED', 'the webcam preview did not open');
    const [flows] = await Promise.all([
      page.evaluate(([before, limitMs]) => (globalThis as ProbedPage).firstbellNewPicture?.(before, limitMs) ?? true, [known, limits.stepTimeoutMs] as const),
      this.#ui.either('WEBCAM_FAILED', 'the webcam was not shared', limits.stepTimeoutMs, ['leaveVideo']),
    ]);
    if (!flows) throw new HarnessError('WEBCAM_FAILED', `no picture of the webcam was sent within ${limits.stepTimeoutMs / 1000} s`);
    if (!(await this.#ui.shown('leaveVideo'))) throw new HarnessError('WEBCAM_FAILED', 'the webcam was shared and stopped at once');
  }

  /** Types, sends, and waits until the own message stands in the chat. */
  async sendChat(text: string): Promise<void> {
    await this.#ui.uncover();
    await this.#openChat();
    await this.#ui.attempt('STEP_FAILED', 'the message could not be typed', () => this.#ui.visible('chatInput').fill(text, { timeout: this.#ui.limits.stepTimeoutMs }));
    await this.#ui.click('sendMessage', 'STEP_FAILED', 'the message could not be sent');
    await this.#ui.attempt('STEP_FAILED', 'the own message did not appear in the chat', () =>
      this.#ui.page.locator(SELECTORS.chatMessageText).filter({ hasText: text }).last().waitFor({ state: 'visible', timeout: this.#ui.limits.stepTimeoutMs }),
    );
  }

  async raiseHand(): Promise<void> {
    await this.#ui.uncover();
    // 2.7 keeps the hand in the reactions menu.
    if (!(await this.#ui.shown('raiseHand')) && (await this.#ui.shown('reactionsButton'))) await this.#ui.click('reactionsButton', 'STEP_FAILED', 'the reactions did not open');
    await this.#ui.click('raiseHand', 'STEP_FAILED', 'the hand could not be raised');
    await this.#ui.either('STEP_FAILED', 'the hand did not go up', this.#ui.limits.stepTimeoutMs, ['lowerHand']);
  }

  /** Chromium picks the screen by itself (flags.ts); resolves when the client says that it is shared, or no longer. */
  async shareScreen(on: boolean): Promise<void> {
    await this.#ui.uncover();
    const [press, wait] = on ? (['startScreenShare', 'stopScreenShare'] as const) : (['stopScreenShare', 'startScreenShare'] as const);
    await this.#ui.click(press, 'STEP_FAILED', on ? 'the screen cannot be shared; only the presenter has the button' : 'the screen is not shared');
    await this.#ui.either('STEP_FAILED', on ? 'the screen was not shared' : 'the screen did not stop being shared', this.#ui.limits.stepTimeoutMs, [wait]);
  }

  async nextSlide(): Promise<void> {
    await this.#ui.uncover();
    await this.#ui.click('nextSlide', 'STEP_FAILED', 'the page could not be turned; only the presenter can, and not after the last');
  }

  /** The user's own microphone. */
  async switchMicrophone(on: boolean): Promise<void> {
    await this.#ui.uncover();
    const [press, wait] = on ? (['unmuteButton', 'muteButton'] as const) : (['muteButton', 'unmuteButton'] as const);
    if (await this.#ui.shown(wait)) return;
    await this.#ui.click(press, 'STEP_FAILED', 'the microphone could not be switched');
    await this.#ui.either('STEP_FAILED', 'the microphone was not switched', this.#ui.limits.stepTimeoutMs, [wait]);
  }

  async leave(): Promise<void> {
    await this.#ui.uncover();
    if (await this.#ui.shown('leaveDropdown')) {
      await this.#ui.click('leaveDropdown', 'STEP_FAILED', 'the leave menu did not open');
      await this.#ui.click('directLogout', 'STEP_FAILED', 'the leave menu has no leave');
    } else {
      await this.#ui.click('optionsButton', 'STEP_FAILED', 'the options did not open');
      await this.#ui.click('optionsLogout', 'STEP_FAILED', 'the options have no logout');
    }
    await this.#ui.hidden('clientReady', 'STEP_FAILED', 'the client did not leave');
  }

  async #openChat(): Promise<void> {
    if (await this.#ui.shown('chatInput')) return;
    await this.#ui.click('chatButton', 'STEP_FAILED', 'the chat did not open');
    // 4.0 opens a panel with a list of chats first.
    const next = await this.#ui.either('STEP_FAILED', 'the chat did not open', this.#ui.limits.stepTimeoutMs, ['chatInput', 'publicChatButton']);
    if (next === 'publicChatButton') await this.#ui.click('publicChatButton', 'STEP_FAILED', 'the public chat did not open');
  }

  async #chooseListenOnly(): Promise<void> {
    const offered = await this.#ui.either('AUDIO_FAILED', 'the client offers no audio', this.#ui.limits.audioTimeoutMs, ['listenOnlyButton', 'microphoneButton']);
    if (offered === 'listenOnlyButton') await this.#ui.click('listenOnlyButton', 'AUDIO_FAILED', 'the client does not offer listen only');
    else await this.#chooseMicrophone();
  }

  async #chooseMicrophone(): Promise<void> {
    await this.#ui.click('microphoneButton', 'AUDIO_FAILED', 'the client does not offer the microphone');
    const next = await this.#ui.either('AUDIO_FAILED', 'the microphone test did not open', this.#ui.limits.audioTimeoutMs, ['echoConfirm', 'muteButton', 'unmuteButton']);
    if (next === 'echoConfirm') await this.#ui.click('echoConfirm', 'AUDIO_FAILED', 'the microphone test could not be confirmed');
  }
}
