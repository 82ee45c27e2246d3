import { CAMERA_PROFILES, type CameraProfile } from './cameras.js';
import { button, el } from './dom.js';
import type { Modals } from './modals.js';

export interface CameraChoice {
  share(stream: MediaStream, profile: CameraProfile): void;
  failed(message: string): void;
}

/** Asks for the camera, shows the preview with a choice of quality, hands the stream over. */
export async function openCameraModal(modals: Modals, preferred: string, skipPreview: boolean, choice: CameraChoice): Promise<void> {
  let profile = profileOf(preferred);
  let stream: MediaStream;
  try {
    stream = await capture(profile);
  } catch (error) {
    choice.failed(`The camera cannot be used: ${(error as Error).name}`);
    return;
  }
  if (skipPreview) {
    choice.share(stream, profile);
    return;
  }
  const preview = el('video', { test: 'videoPreview', class: 'preview' });
  preview.muted = true;
  preview.autoplay = true;
  preview.playsInline = true;
  preview.srcObject = stream;
  const quality = el('select', { id: 'setQuality', label: 'Camera quality' }, ...CAMERA_PROFILES.map(({ id }) => Object.assign(el('option', {}, id), { value: id, selected: id === profile.id })));
  quality.addEventListener('change', () => {
    profile = profileOf(quality.value);
    stop(stream);
    void capture(profile).then((next) => {
      stream = next;
      preview.srcObject = next;
    });
  });
  const start = button('startSharingWebcam', 'Start sharing', () => {
    preview.srcObject = null;
    modals.close();
    choice.share(stream, profile);
  });
  start.classList.add('primary');
  modals.open('webcamSettingsModal', 'Webcam settings', () => stop(stream), preview, el('div', { class: 'choices' }, quality, start));
}

function capture({ width, height, frameRate }: CameraProfile): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ video: { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: frameRate, max: frameRate } } });
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function profileOf(id: string): CameraProfile {
  return CAMERA_PROFILES.find((one) => one.id === id) ?? CAMERA_PROFILES.find((one) => one.id === 'medium')!;
}
