import { OPUS_PAYLOAD_TYPE } from '../../rtc/sdp.js';
import { buildPacket, rewriteHeader } from '../../rtc/rtp.js';

/** 20 ms at 48 kHz. */
const FRAME_TICKS = 960;
/** A jump of more than half a second in a source's timestamps is a restart of the source. */
const RESTART_TICKS = 24_000;
/** An Opus packet of 20 ms that decodes to silence (RFC 6716: CELT-only, fullband, one frame). */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

/** One continuous Opus stream to a listener, whoever speaks: own SSRC, no jump in sequence numbers or timestamps. */
export class AudioOut {
  readonly #ssrc: number;
  #sequence: number;
  #time: number;
  #source = '';
  #sourceTime = 0;

  constructor(ssrc: number, firstSequence: number, firstTime: number) {
    this.#ssrc = ssrc;
    this.#sequence = firstSequence & 0xffff;
    this.#time = firstTime >>> 0;
  }

  /** Rewrites a speaker's packet in place for this listener. `sourceTime` is the packet's own timestamp before any rewriting. */
  forward(packet: Buffer, source: string, sourceTime: number): Buffer {
    const step = source === this.#source ? (sourceTime - this.#sourceTime) | 0 : FRAME_TICKS;
    this.#advance(step > 0 && step < RESTART_TICKS ? step : FRAME_TICKS);
    this.#source = source;
    this.#sourceTime = sourceTime;
    rewriteHeader(packet, { payloadType: OPUS_PAYLOAD_TYPE, sequenceNumber: this.#sequence, timestamp: this.#time, ssrc: this.#ssrc });
    return packet;
  }

  silence(): Buffer {
    this.#advance(FRAME_TICKS);
    this.#source = '';
    return buildPacket({ payloadType: OPUS_PAYLOAD_TYPE, sequenceNumber: this.#sequence, timestamp: this.#time, ssrc: this.#ssrc, marker: false }, SILENCE);
  }

  #advance(ticks: number): void {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#time = (this.#time + ticks) >>> 0;
  }
}

