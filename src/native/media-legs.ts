import { createHash } from 'node:crypto';
import { sfuErrorName } from '../bbb/sfu.js';
import { HarnessError, messageOf, type ErrorCode } from '../core/errors.js';
import { SFU_BRIDGES, usesLivekit, type Bridges } from '../bbb/bridges.js';
import { AudioLeg } from './audio-leg.js';
import { RoomLegs } from './livekit/room-legs.js';
import { receivedSamples, reception, sentSamples } from './media-samples.js';
import type { LegsParts } from './legs-parts.js';
import type { Measured } from './media/media-pool.js';
import { Screen } from './screen.js';
import { nameOf } from './sfu-link.js';
import { CAMERA_PROFILES, VideoLegs } from './video-legs.js';

/** Sound, cameras and the screen of one page of the client, each over what carries it in this meeting. */
export class MediaLegs {
  readonly #parts: LegsParts;
  readonly #screen: Screen;
  #room: RoomLegs | undefined;
  #audio: AudioLeg | undefined;
  #cameras: VideoLegs | undefined;
  #cameraSettled: { readonly resolve: () => void; readonly reject: (error: HarnessError) => void } | undefined;
  #silent = false;

  constructor(parts: LegsParts) {
    this.#parts = parts;
    this.#screen = new Screen({
      link: parts.link,
      sample: parts.sample,
      broke: (code) => this.#countSfu(code, 'screen'),
      measured: (row, seconds) => this.#measured('screen', row, seconds),
      nowMs: parts.nowMs,
    });
  }

  /** Resolves when the SFU says that sound flows. Rejects with AUDIO_FAILED. */
  connectAudio(choice: 'microphone' | 'listen-only', signal: AbortSignal): Promise<void> {
    if (this.#bridges.audio === 'livekit') return this.#roomLegs.connectAudio(choice, signal);
    const { page, phase, error } = this.#parts;
    const listenOnly = choice === 'listen-only';
    // What the client sends while a person listens to the local echo test.
    if (!listenOnly) void page.mutate('UpdateUserClientEchoTestRunningAt', {}).catch(ignore);
    let wasConnected = false;
    return this.#settled(signal, (resolve, reject) => {
      this.#audio = new AudioLeg(this.#parts.link(), listenOnly, {
        connected: () => {
          wasConnected = true;
          page.onceConnected(() => this.#announceAudio(listenOnly));
          resolve();
        },
        interrupted: (code) => this.#countSfu(code, 'audio'),
        failed: (code) => {
          if (wasConnected) error('AUDIO_FAILED' satisfies ErrorCode, 'stay');
          else reject(new HarnessError('AUDIO_FAILED', `audio did not connect: ${nameOf(code)} (${code})`));
        },
        first: () => phase('first_audio'),
        measured: (row, seconds) => this.#measured('audio', row, seconds),
      });
      this.#audio.start();
    });
  }

  /** Resolves when the meeting knows of the camera. Rejects with WEBCAM_FAILED. */
  shareWebcam(signal: AbortSignal): Promise<void> {
    const { page, spec } = this.#parts;
    const cameraId = `${page.view.userId}_${page.uuid}_${CAMERA_HASH}`;
    if (this.#bridges.camera === 'livekit') return this.#roomLegs.shareWebcam(cameraId, signal);
    return this.#settled(signal, (resolve, reject) => {
      this.#cameraSettled = { resolve, reject };
      this.#cameraLegs.publish(cameraId, CAMERA_PROFILES[spec.cameraProfile ?? 'medium']);
    });
  }

  /** Resolves when the meeting shows it shared, or no longer. Rejects with STEP_FAILED. */
  async shareScreen(on: boolean, signal: AbortSignal): Promise<void> {
    const { waits, view } = this.#parts.page;
    if (this.#bridges.screen === 'livekit') {
      if (on) await this.#roomLegs.shareScreen(signal);
      else this.#roomLegs.stopScreen();
    } else if (on) await waits.until(this.#screen.share(), signal);
    else this.#screen.stop();
    await waits.seen(() => view.screenShared === on, signal);
  }

  /** Does what the client does when the meeting has changed: cameras as its paging shows them, the screen, the microphone muted or not. */
  follow(): void {
    const { spec, page } = this.#parts;
    const { view } = page;
    this.#audio?.mute(view.muted);
    const wanted = new Set(view.cameras.filter((camera) => camera.userId !== view.userId).slice(0, spec.cameraViews).map(({ streamId }) => streamId));
    const screen = view.screenShared && !view.presenter;
    const { camera, screen: screenBridge } = this.#bridges;
    // A client joins the room as soon as it is in the meeting, whatever it will do there.
    if (usesLivekit(this.#bridges)) this.#roomLegs.look({ cameras: camera === 'livekit' ? wanted : new Set(), screen: screen && screenBridge === 'livekit' });
    if (camera === 'sfu' && (this.#cameras !== undefined || wanted.size > 0)) this.#cameraLegs.view(wanted);
    if (screenBridge === 'sfu') this.#screen.view(screen);
  }

  /** Hangs up; cameras and screen stay. */
  leaveAudio(): void {
    this.#room?.leaveAudio();
    this.#audio?.close();
    this.#audio = undefined;
    this.#silent = false;
  }

  /** The network is gone. */
  cut(): void {
    this.#room?.cut();
    this.#audio?.cut();
    this.#cameras?.cut();
    this.#screen.cut();
  }

  close(): void {
    this.#room?.close();
    this.#audio?.close();
    this.#cameras?.close();
    this.#screen.close();
    this.#room = this.#audio = this.#cameras = undefined;
  }

  /** Known once the page is loaded. */
  get #bridges(): Bridges {
    return this.#parts.inside() ? this.#parts.page.discovery.bridges : SFU_BRIDGES;
  }

  get #roomLegs(): RoomLegs {
    this.#room ??= new RoomLegs(this.#parts);
    return this.#room;
  }

  get #cameraLegs(): VideoLegs {
    const { page, phase } = this.#parts;
    this.#cameras ??= new VideoLegs(this.#parts.link(), 'video', {
      published: (cameraId) => {
        page.onceConnected(() => {
          void page.mutate('CameraBroadcastStart', { cameraId, contentType: 'camera' }).then(
            () => this.#cameraSettled?.resolve(),
            (error: unknown) => this.#cameraSettled?.reject(new HarnessError('WEBCAM_FAILED', messageOf(error))),
          );
        });
      },
      publishFailed: (code) => {
        this.#countSfu(code, 'webcam');
        this.#cameraSettled?.reject(new HarnessError('WEBCAM_FAILED', `the webcam was not shared: ${nameOf(code)} (${code})`));
      },
      interrupted: (code) => this.#countSfu(code, 'video'),
      first: () => phase('first_video'),
      measured: (row, seconds) => this.#measured('video', row, seconds),
    });
    return this.#cameras;
  }

  #announceAudio(listenOnly: boolean): void {
    const { page } = this.#parts;
    void page.mutate('UserSetListenOnlyInput', { listenOnlyInputDevice: listenOnly }).catch(ignore);
    if (listenOnly) void page.mutate('UserSetMuted', { userId: page.view.userId, muted: true }).catch(ignore);
  }

  #measured(kind: 'audio' | 'video' | 'screen', row: Measured, seconds: number): void {
    const { inside, sample, received, error } = this.#parts;
    if (!inside()) return;
    for (const one of sentSamples(row)) sample(one);
    // A camera that is only sent has no reception.
    if (kind !== 'audio' && row.packets === 0 && row.sentPackets > 0) return;
    for (const one of receivedSamples(kind, row, seconds)) sample(one);
    received(reception(kind, row));
    if (kind !== 'audio') return;
    // Counted when it falls silent, not for as long as it is; the interval in which it began may well be empty.
    const silent = row.whole && row.packets === 0;
    if (silent && !this.#silent) error('MEDIA_NOT_FLOWING', 'audio');
    this.#silent = silent;
  }

  #countSfu(code: number, phase: string): void {
    this.#parts.error(sfuErrorName(code) ?? ('MEDIA_INTERRUPTED' satisfies ErrorCode), phase);
  }

  #settled(signal: AbortSignal, work: (resolve: () => void, reject: (error: HarnessError) => void) => void): Promise<void> {
    return this.#parts.page.waits.until(new Promise<void>((resolve, reject) => work(resolve, reject)), signal);
  }
}

/** BBB names a camera by the SHA-256 of its device id. */
const CAMERA_HASH = createHash('sha256').update('firstbell camera').digest('hex');

const ignore = (): void => undefined;
