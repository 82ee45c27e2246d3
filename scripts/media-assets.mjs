// Makes the media that native users send, with ffmpeg (Debian's package): speech-like Opus and VP8 at the camera profiles of
// bigbluebutton-html5 (settings.yml, cameraProfiles) and for a shared screen. The results are committed: src/native/assets/.
// Teachers get media of their own, with time marks in it (src/vu/marks.ts): build first.
//
//   node scripts/build.mjs && node scripts/media-assets.mjs
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BLOCKS, BRIGHT, DARK, PHASES_MS, SLOTS, SLOTS_PER_SEC, STRIP_SHARE, stripOf, TONE_EVERY_MS, TONE_GUARD_MS, TONE_MS, TONES } from '../dist/vu/marks.js';

const out = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'native', 'assets');
mkdirSync(out, { recursive: true });

/** Seconds of each; long enough that users who start at different points do not sound and look alike. */
const SPEECH_SECONDS = 40;
const CAMERA_SECONDS = 8;
/** A key frame every so many frames: what a sender jumps to when one is asked for. */
const KEY_EVERY = 60;
const RATE = 48_000;

// Talk spurts and pauses of ITU-T P.59 (table 1): exponential with means of 1.004 s and 1.587 s.
const SPURT_SECONDS = 1.004;
const PAUSE_SECONDS = 1.587;

let state = 7;
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const exponential = (mean) => -mean * Math.log(1 - random());

/** Two-pole resonator: one formant. */
function formant(hertz, width) {
  const r = Math.exp((-Math.PI * width) / RATE);
  const a = 2 * r * Math.cos((2 * Math.PI * hertz) / RATE);
  let [y1, y2] = [0, 0];
  return (x) => {
    const y = (1 - r) * x + a * y1 - r * r * y2;
    [y2, y1] = [y1, y];
    return y;
  };
}

const VOWELS = [
  [730, 1_090],
  [270, 2_290],
  [570, 840],
  [530, 1_840],
  [300, 870],
];

/** Pulses of a voice through the formants of changing vowels, four to five syllables a second, with pauses; 16 bit mono. */
function speech() {
  const samples = new Int16Array(SPEECH_SECONDS * RATE);
  let at = Math.round(0.2 * RATE);
  while (at < samples.length) {
    const end = Math.min(samples.length, at + Math.round(Math.min(4, Math.max(0.2, exponential(SPURT_SECONDS))) * RATE));
    while (at < end) {
      const [f1, f2] = VOWELS[Math.floor(random() * VOWELS.length)];
      const filters = [formant(f1, 80), formant(f2, 120), formant(2_700, 200)];
      const length = Math.min(end - at, Math.round((0.16 + 0.1 * random()) * RATE));
      const pitch = 105 + 45 * random();
      let phase = 0;
      for (let n = 0; n < length; n++) {
        phase += (pitch * (1 + 0.02 * Math.sin((2 * Math.PI * 5 * n) / RATE))) / RATE;
        const pulse = phase >= 1 ? 1 : 0;
        if (pulse) phase -= 1;
        const envelope = Math.sin((Math.PI * n) / length) ** 0.6;
        const breath = (random() - 0.5) * 0.02;
        const sound = filters.reduce((sum, filter) => sum + filter(pulse + breath), 0);
        samples[at + n] = Math.max(-32_767, Math.min(32_767, Math.round(sound * envelope * 160_000)));
      }
      at += length;
    }
    at += Math.round(Math.min(3, Math.max(0.2, exponential(PAUSE_SECONDS))) * RATE);
  }
  return Buffer.from(samples.buffer);
}

/** The same speech with a tone pair at each multiple of TONE_EVERY_MS, in a stillness of its own. Ends meet: the asset is a loop. */
function marked(plain) {
  const samples = new Int16Array(plain.buffer.slice(plain.byteOffset, plain.byteOffset + plain.length));
  const of = (ms) => Math.round((ms * RATE) / 1_000);
  for (let index = 0; index * TONE_EVERY_MS < PHASES_MS; index++) {
    const start = of(index * TONE_EVERY_MS);
    for (let n = -of(TONE_GUARD_MS); n < of(TONE_MS + TONE_GUARD_MS); n++) samples[(start + n + samples.length) % samples.length] = 0;
    const [low, high] = TONES[index % TONES.length];
    for (let n = 0; n < of(TONE_MS); n++) {
      // Edges of 2 ms: no click, and the beginning stays where it is.
      const edge = Math.min(1, n / of(2), (of(TONE_MS) - n) / of(2));
      samples[start + n] = Math.round(edge * 6_000 * (Math.sin((2 * Math.PI * low * n) / RATE) + Math.sin((2 * Math.PI * high * n) / RATE)));
    }
  }
  return Buffer.from(samples.buffer);
}

function ffmpeg(args, input) {
  execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args], { stdio: [input ? 'pipe' : 'ignore', 'inherit', 'inherit'], input, maxBuffer: 2 ** 28 });
}

/** One frame per packet, no discontinuous transmission: what Chromium sends to BBB. */
const opus = (name, samples) => ffmpeg(['-f', 's16le', '-ar', String(RATE), '-ac', '1', '-i', '-', '-c:a', 'libopus', '-application', 'voip', '-frame_duration', '20', '-vbr', 'on', '-b:a', '30k', '-fec', '1', '-packet_loss', '1', '-bitexact', join(out, `${name}.opus`)], samples);
const plain = speech();
opus('speech', plain);
opus('speech-marked', marked(plain));

function vp8(name, source, keyEvery, kbps, frames, overlay = []) {
  const options = ['-c:v', 'libvpx', '-deadline', 'good', '-cpu-used', '1', '-b:v', `${kbps}k`, '-minrate', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`, '-error-resilient', '1', '-lag-in-frames', '0', '-auto-alt-ref', '0', '-g', String(keyEvery), '-keyint_min', String(keyEvery), '-threads', '1', '-bitexact'];
  ffmpeg(['-f', 'lavfi', '-i', source, ...overlay, '-frames:v', String(frames), ...options, join(out, `${name}.ivf`)], overlay.length > 0 ? strips() : undefined);
}

/** A head that sways before a wall whose light changes, with the noise of a webcam. */
function camera(width, height, seconds = CAMERA_SECONDS) {
  const [w, h] = [width, height];
  const head = `hypot((X-${w}/2-${w}/14*sin(T*1.1))/${w}*1.5,(Y-${h}*0.46-${h}/30*sin(T*2.3))/${h})`;
  const body = `hypot((X-${w}/2-${w}/20*sin(T*1.1))/${w}*0.75,(Y-${h}*1.12)/${h})`;
  const mouth = `hypot((X-${w}/2-${w}/14*sin(T*1.1))/${w}*3,(Y-${h}*0.6-${h}/30*sin(T*2.3))/${h}*(7-3*sin(T*9)))`;
  const y = `if(lt(${mouth},0.13),70,if(lt(${head},0.24),175+20*sin(X/${w}*9),if(lt(${body},0.4),95+25*sin(Y/${h}*40),150-60*X/${w}+18*sin(T*0.7))))`;
  // Colour has half the resolution.
  const halved = (expression) => expression.replace(/\b[XY]\b/g, '(2*$&)');
  const u = `if(lt(${head},0.24),112,if(lt(${body},0.4),150,125))`;
  const v = `if(lt(${head},0.24),150,if(lt(${body},0.4),112,128))`;
  return `color=size=${w}x${h}:rate=15:duration=${seconds},geq=lum='${y}':cb='${halved(u)}':cr='${halved(v)}',noise=alls=5:allf=t`;
}

/**
 * One turn of the strip, then as many frames as there are between two key frames without a strip: what is sent after a key frame
 * was asked for, until the next one is due in its turn (native/media/sender.ts).
 */
const MARKED_KEY_EVERY = 30;

/** A strip of blocks over the top of the first frames, whose brightness tells the slot: grey frames of one row through standard input. */
const strips = () => Buffer.from(Array.from({ length: SLOTS }, (_, slot) => stripOf(slot).map((bright) => (bright ? BRIGHT : DARK))).flat());

function markedCamera(profile, width, height, kbps) {
  const picture = camera(width, height, (SLOTS + MARKED_KEY_EVERY) / SLOTS_PER_SEC);
  const strip = `scale=${width}:${height * STRIP_SHARE}:flags=neighbor,format=yuv420p`;
  vp8(`camera-${profile}-marked`, picture, MARKED_KEY_EVERY, kbps, SLOTS + MARKED_KEY_EVERY, ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${BLOCKS}x1`, '-r', String(SLOTS_PER_SEC), '-i', '-', '-filter_complex', `[1:v]${strip}[strip];[0:v]format=yuv420p[picture];[picture][strip]overlay=0:0:eof_action=pass`]);
}

const FRAMES = CAMERA_SECONDS * 15;
for (const [profile, width, height, kbps] of [
  ['low', 320, 240, 100],
  ['medium', 640, 480, 200],
  ['high', 640, 480, 500],
]) {
  vp8(`camera-${profile}`, camera(width, height), KEY_EVERY, kbps, FRAMES);
  markedCamera(profile, width, height, kbps);
}
/** Text on paper that scrolls at times: still most of the time, then all of it at once. Five frames a second. */
const SCREEN_SECONDS = 12;
const page = `if(gt(mod(Y+120*floor(T/4),36),22),if(gt(sin(X*0.9+floor((Y+120*floor(T/4))/36)*17)*sin(X*0.23),0.1),40,238),245)`;
vp8('screen', `color=size=1280x720:rate=5:duration=${SCREEN_SECONDS},geq=lum='${page}':cb=128:cr=128`, 30, 400, SCREEN_SECONDS * 5);

for (const name of readdirSync(out)) console.log(`${name} ${Math.round(statSync(join(out, name)).size / 1024)} kB`);
