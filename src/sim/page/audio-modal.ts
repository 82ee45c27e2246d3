import { button, el } from './dom.js';
import type { Modals } from './modals.js';
import type { Userdata } from './settings.js';

export interface AudioChoice {
  joined(microphone: MediaStream | undefined): void;
  /** The real client tells the server each second that its microphone test is open. */
  echoTestTick(): void;
  failed(message: string): void;
}

/** With LiveKit there is no listening alone: who only listens is muted. */
export interface AudioWishes extends Userdata {
  readonly offersListenOnly: boolean;
}

const ECHO_TICK_MS = 1_000;
const LOOPBACK_VOLUME = 0.5;

/** The audio modal: choice, local echo test, connecting (bbb-protocol §4.2, §6.2). */
export class AudioModal {
  readonly #modals: Modals;
  readonly #userdata: AudioWishes;
  readonly #choice: AudioChoice;

  constructor(modals: Modals, userdata: AudioWishes, choice: AudioChoice) {
    this.#modals = modals;
    this.#userdata = userdata;
    this.#choice = choice;
  }

  open(): void {
    if (this.#userdata.forceListenOnly) {
      this.#listenOnly();
      return;
    }
    if (!this.#userdata.listenOnlyMode) {
      void this.#microphone();
      return;
    }
    const microphone = button('microphoneBtn', 'Microphone', () => void this.#microphone());
    const listen = button('listenOnlyBtn', 'Listen only', () => this.#listenOnly());
    microphone.classList.add('choice');
    listen.classList.add('choice');
    this.#modals.open('audioModal', 'How would you like to join the audio?', () => undefined, el('div', { class: 'choices' }, microphone, ...(this.#userdata.offersListenOnly ? [listen] : [])));
  }

  /** Shown until the SFU says that media flows. */
  connecting(): void {
    this.#modals.open('audioModal', 'Connecting audio', () => undefined, el('p', {}, el('span', { test: 'establishingAudioLabel' }, 'Establishing audio connection …')));
  }

  #listenOnly(): void {
    this.connecting();
    this.#choice.joined(undefined);
  }

  async #microphone(): Promise<void> {
    const processing = this.#userdata.audioProcessing;
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: processing, noiseSuppression: processing, autoGainControl: processing } });
    } catch (error) {
      this.#modals.close();
      this.#choice.failed(`The microphone cannot be used: ${(error as Error).name}`);
      return;
    }
    if (this.#userdata.skipCheckAudio) this.#confirm(stream, () => undefined);
    else this.#echoTest(stream);
  }

  /** Plays the microphone back; local, without the server. */
  #echoTest(stream: MediaStream): void {
    const loopback = document.createElement('audio');
    loopback.autoplay = true;
    loopback.volume = LOOPBACK_VOLUME;
    loopback.srcObject = stream;
    this.#choice.echoTestTick();
    const ticks = setInterval(() => this.#choice.echoTestTick(), ECHO_TICK_MS);
    const stop = (): void => {
      clearInterval(ticks);
      loopback.srcObject = null;
    };
    const hearing = button('stopHearingButton', 'Stop hearing yourself', () => {
      loopback.muted = !loopback.muted;
    });
    const confirm = button('joinEchoTestButton', 'Join audio', () => this.#confirm(stream, stop));
    confirm.classList.add('primary');
    this.#modals.open(
      'audioModal',
      'Check your microphone',
      () => {
        stop();
        for (const track of stream.getTracks()) track.stop();
      },
      el('p', {}, 'Speak a few words. Can you hear yourself?'),
      el('div', { class: 'choices' }, hearing, confirm),
    );
  }

  #confirm(stream: MediaStream, stop: () => void): void {
    stop();
    this.connecting();
    this.#choice.joined(stream);
  }
}
