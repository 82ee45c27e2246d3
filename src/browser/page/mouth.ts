import { modulo, SLOT_CYCLE_MS, SLOT_MS, SLOTS, TONE_CYCLE_MS, TONE_EVERY_MS, TONE_GUARD_MS, TONE_MS, TONES } from '../../vu/marks.js';
import { Picture } from './picture.js';

/** Tones are planned this far ahead, this often. */
const AHEAD_MS = 3_000;
const PLAN_EVERY_MS = 1_000;
const LOUDNESS = 0.2;
/** As Opus takes it, a packet's length at once: nothing is resampled, and the processor is woken half as often. */
const WAY_OF_SOUND = { sampleRate: 48_000, latencyHint: 0.02 } as const;

/**
 * Puts time marks into what the page sends: getUserMedia gives tracks that look like those of the device, with tones between its
 * sounds, or with a drawn picture. `wallMs`: Unix time less what the marks of the meeting are behind it.
 */
export function speakMarks(devices: MediaDevices, wallMs: () => number): void {
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const stream = await original(constraints);
    return new MediaStream(stream.getTracks().map((track) => (track.kind === 'audio' ? withTones(track, wallMs) : withStrip(track, wallMs))));
  };
}

function withTones(device: MediaStreamTrack, wallMs: () => number): MediaStreamTrack {
  const context = new AudioContext({ ...WAY_OF_SOUND, sinkId: { type: 'none' } } as AudioContextOptions);
  const out = context.createMediaStreamDestination();
  const voice = context.createGain();
  context.createMediaStreamSource(new MediaStream([device])).connect(voice).connect(out);
  const marks = context.createGain();
  marks.gain.value = LOUDNESS;
  marks.connect(out);
  let planned = Number.NEGATIVE_INFINITY;
  const plan = (): void => {
    const nowMs = wallMs();
    // Seconds on the context's clock of an instant in the time of the marks.
    const at = (markMs: number): number => context.currentTime + (markMs - nowMs) / 1_000;
    for (let index = Math.ceil(nowMs / TONE_EVERY_MS); index * TONE_EVERY_MS < nowMs + AHEAD_MS; index++) {
      const startMs = index * TONE_EVERY_MS;
      if (index <= planned || startMs - TONE_GUARD_MS < nowMs) continue;
      planned = index;
      voice.gain.setValueAtTime(0, at(startMs - TONE_GUARD_MS));
      voice.gain.setValueAtTime(1, at(startMs + TONE_MS + TONE_GUARD_MS));
      for (const frequency of TONES[modulo(startMs, TONE_CYCLE_MS) / TONE_EVERY_MS]!) {
        const tone = new OscillatorNode(context, { frequency });
        tone.connect(marks);
        tone.start(at(startMs));
        tone.stop(at(startMs + TONE_MS));
      }
    }
  };
  plan();
  const timer = setInterval(plan, PLAN_EVERY_MS);
  return dressed(out.stream.getAudioTracks()[0]!, device, () => {
    clearInterval(timer);
    device.stop();
    void context.close();
  });
}

/** Chromium's own; tracks of a canvas cost several times as much, since each picture is read back and converted. */
declare const MediaStreamTrackGenerator: (new (init: { kind: 'video' }) => MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> }) | undefined;

/** The device itself is closed: the picture is drawn here, as many lines as it had. */
function withStrip(device: MediaStreamTrack, wallMs: () => number): MediaStreamTrack {
  if (typeof MediaStreamTrackGenerator === 'undefined') return device;
  const { width = 640, height = 480 } = device.getSettings();
  const picture = new Picture(width, height);
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  const writer = track.writable.getWriter();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = (): void => {
    const cycleMs = modulo(wallMs(), SLOT_CYCLE_MS);
    // The timer may be early by a fraction of a millisecond.
    const slot = Math.floor((cycleMs + 1) / SLOT_MS) % SLOTS;
    // Who does not keep up misses pictures, as with a camera. A track that has ended takes none.
    if ((writer.desiredSize ?? 0) > 0) writer.write(picture.frameOf(slot)).catch(() => undefined);
    timer = setTimeout(draw, SLOT_MS - modulo(wallMs(), SLOT_MS));
  };
  draw();
  const made = dressed(track, device, () => clearTimeout(timer));
  device.stop();
  return made;
}

/** Passes for a track of the device; `done` when it and all its clones are stopped. */
function dressed(track: MediaStreamTrack, device: MediaStreamTrack, done: () => void): MediaStreamTrack {
  const { label } = device;
  const settings = device.getSettings();
  let open = 0;
  const dress = (one: MediaStreamTrack): MediaStreamTrack => {
    open++;
    const [stop, clone, own] = [one.stop.bind(one), one.clone.bind(one), one.getSettings.bind(one)];
    Object.defineProperty(one, 'label', { value: label });
    return Object.assign(one, {
      getSettings: () => ({ ...own(), ...settings }),
      // What the page asks of the device is not asked of a drawing.
      applyConstraints: () => Promise.resolve(),
      clone: () => dress(clone()),
      stop: () => {
        if (one.readyState === 'live' && --open === 0) done();
        stop();
      },
    });
  };
  return dress(track);
}
