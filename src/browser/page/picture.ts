import { BLOCKS, BRIGHT, DARK, SLOT_CYCLE_MS, SLOT_MS, SLOTS, STRIP_SHARE, stripOf } from '../../vu/marks.js';

/** Luma and the two chromas (BT.601). */
type Colour = readonly [y: number, u: number, v: number];
const WALL: Colour = [158, 136, 118];
const HEAD: Colour = [174, 111, 149];
const GREY = 128;
const STRIPS = Array.from({ length: SLOTS }, (_, slot) => stripOf(slot));

/** One plane of a picture, a byte for each sample, row after row. */
interface Plane {
  readonly samples: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A wall, a head that sways, the strip: drawn into the planes that the encoder takes (I420), so that nothing is converted or read back. */
export class Picture {
  readonly #width: number;
  readonly #height: number;
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #planes: readonly [y: Plane, u: Plane, v: Plane];

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    const [halfWidth, halfHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
    const [luma, chroma] = [width * height, halfWidth * halfHeight];
    this.#data = new Uint8Array(luma + 2 * chroma);
    const plane = (from: number, planeWidth: number, planeHeight: number): Plane => ({ samples: this.#data.subarray(from, from + planeWidth * planeHeight), width: planeWidth, height: planeHeight });
    this.#planes = [plane(0, width, height), plane(luma, halfWidth, halfHeight), plane(luma + chroma, halfWidth, halfHeight)];
    this.#planes.forEach(({ samples }, index) => samples.fill(WALL[index]!));
  }

  /** The picture of a slot, 0 to SLOTS - 1; the track that it is given to closes it. */
  frameOf(slot: number): VideoFrame {
    const turn = (slot * SLOT_MS * 2 * Math.PI) / SLOT_CYCLE_MS;
    this.#planes.forEach((plane, index) => drawHead(plane, turn, HEAD[index]!, WALL[index]!));
    this.#drawStrip(STRIPS[slot]!);
    return new VideoFrame(this.#data, { format: 'I420', codedWidth: this.#width, codedHeight: this.#height, timestamp: Math.round(performance.now() * 1_000) });
  }

  #drawStrip(blocks: readonly boolean[]): void {
    this.#planes.forEach(({ samples, width, height }, index) => {
      const rows = Math.round(height * STRIP_SHARE);
      blocks.forEach((bright, block) => samples.fill(index > 0 ? GREY : bright ? BRIGHT : DARK, Math.round((block * width) / BLOCKS), Math.round(((block + 1) * width) / BLOCKS)));
      for (let row = 1; row < rows; row++) samples.copyWithin(row * width, 0, width);
    });
  }
}

/** An ellipse, a seventh of the width and a quarter of the height from its middle, and the wall where it may have been before. */
function drawHead({ samples, width, height }: Plane, turn: number, head: number, wall: number): void {
  const [acrossMax, upMax] = [width / 7, height / 4];
  const x = width / 2 + (width / 14) * Math.sin(turn);
  const y = height / 2 + (height / 30) * Math.sin(2 * turn);
  const [left, right] = [Math.floor(width / 2 - width / 14 - acrossMax), Math.ceil(width / 2 + width / 14 + acrossMax)];
  const [top, bottom] = [Math.floor(height / 2 - height / 30 - upMax), Math.ceil(height / 2 + height / 30 + upMax)];
  for (let row = top; row < bottom; row++) {
    const from = row * width;
    samples.fill(wall, from + left, from + right);
    const across = acrossMax * Math.sqrt(Math.max(0, 1 - ((row + 0.5 - y) / upMax) ** 2));
    samples.fill(head, from + Math.round(x - across), from + Math.round(x + across));
  }
}
