import { readFileSync } from 'node:fs';
import { builtFile } from '../../core/paths.js';
import { readIvf, readOggOpus } from '../../rtc/containers.js';
import { buildPacket, RTP_MIN_BYTES } from '../../rtc/rtp.js';
import { isKeyFrame, packetise } from '../../rtc/vp8.js';
import { PHASES_MS, SLOTS } from '../../vu/marks.js';
import type { AssetName, MarkedAssetName } from './messages.js';

/** What senders of a process share: packets are made once, and headers are written anew before each sending. */
export interface Asset {
  readonly kind: 'audio' | 'video';
  /** Between frames. */
  readonly frameMs: number;
  /** RTP timestamp units between frames. */
  readonly frameTicks: number;
  readonly frames: readonly Frame[];
  /**
   * Frames of one turn of the time marks, of which the first is due when the marks' time begins anew; undefined: there are none.
   * Frames behind them have no mark: what is sent after a key frame was asked for, until one is due in its turn.
   */
  readonly markedFrames?: number;
}

export interface Frame {
  readonly packets: readonly Buffer[];
  /** Payload bytes. */
  readonly bytes: number;
  readonly key: boolean;
}

/** libwebrtc's packets of video stay below this, so that SRTP and UDP fit an MTU of 1,280 (IPv6, tunnels). */
const MAX_PAYLOAD_BYTES = 1_180;
const OPUS_FRAME_MS = 20;
const OPUS_FRAME_TICKS = 960;
const VIDEO_RATE = 90_000;

const loaded = new Map<AssetName | MarkedAssetName, Asset>();

/** An asset of ours, read at its first use. Throws FILE_UNREADABLE. */
export function asset(name: AssetName | MarkedAssetName): Asset {
  let found = loaded.get(name);
  if (!found) {
    found = name === 'speech' || name === 'speech-marked' ? speech(name) : video(name);
    loaded.set(name, found);
  }
  return found;
}

function speech(name: 'speech' | 'speech-marked'): Asset {
  const file = `${name}.opus`;
  const packets = readOggOpus(readFileSync(builtFile(`native/assets/${file}`)), file);
  const header = { payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0, marker: false };
  return {
    kind: 'audio',
    frameMs: OPUS_FRAME_MS,
    frameTicks: OPUS_FRAME_TICKS,
    frames: packets.map((payload) => ({ packets: [buildPacket(header, payload)], bytes: payload.length, key: true })),
    // A last packet flushes the encoder.
    ...(name === 'speech' ? {} : { markedFrames: PHASES_MS / OPUS_FRAME_MS }),
  };
}

function video(name: AssetName | MarkedAssetName): Asset {
  const file = `${name}.ivf`;
  const { frames, framesPerSec } = readIvf(readFileSync(builtFile(`native/assets/${file}`)), file);
  return {
    kind: 'video',
    frameMs: 1000 / framesPerSec,
    frameTicks: VIDEO_RATE / framesPerSec,
    ...(name.endsWith('-marked') ? { markedFrames: SLOTS } : {}),
    frames: frames.map((frame) => {
      const packets = packetise(frame, MAX_PAYLOAD_BYTES);
      return { packets, bytes: packets.reduce((sum, packet) => sum + packet.length - RTP_MIN_BYTES, 0), key: isKeyFrame(frame) };
    }),
  };
}
