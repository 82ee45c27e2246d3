import { button, el, show } from '../dom.js';
import type { SlideRow } from '../rows.js';
import type { LessonParts } from './parts.js';

export interface AnnotationRow {
  readonly annotationId: string;
  readonly annotationInfo: string;
  readonly pageId: string;
  readonly userId: string;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What this board shows of tldraw's shapes. */
interface Stroke extends Point {
  readonly type: string;
  readonly props: { readonly color: string; readonly segments: readonly { readonly points: readonly Point[] }[] };
}

const SVG = 'http://www.w3.org/2000/svg';
/** tldraw: pixels of the page. */
const SLIDE = { width: 1_440, height: 810 } as const;
/** As the client: a growing shape is sent now and then, the pointer more often. */
const SUBMIT_EVERY_MS = 300;
const CURSOR_EVERY_MS = 150;
const MAX_SHAPES = 300;
const COLOURS: Readonly<Record<string, string>> = { black: '#1d1d1d', blue: '#4465e9', red: '#e03131', green: '#099268', orange: '#e16919', violet: '#ae3ec9' };

/** The slide with what is drawn on it: one pen, for those who may. */
export class Board {
  readonly canvas: HTMLElement;
  readonly tools: HTMLElement;
  readonly #parts: LessonParts;
  readonly #shapes = new Map<string, HTMLElement>();
  readonly #pen: HTMLElement;
  readonly #forAll: HTMLElement;
  readonly #forNobody: HTMLElement;
  #pageId = '';
  #holdsPen = false;
  #stroke: { readonly id: string; readonly start: Point; readonly points: Point[]; sentMs: number; cursorMs: number } | undefined;

  constructor(parts: LessonParts) {
    this.#parts = parts;
    this.canvas = el('div', { testid: 'canvas', class: 'board', label: 'Whiteboard' });
    this.#pen = el('button', { testid: 'tools.draw', label: 'Draw', onClick: () => this.#take(true) }, '✎');
    this.#forAll = button('turnMultiUsersWhiteboardOn', 'Turn multi-user whiteboard on', () => void this.#letDraw(true), 'Everybody draws');
    this.#forNobody = button('turnMultiUsersWhiteboardOff', 'Turn multi-user whiteboard off', () => void this.#letDraw(false), 'Only I draw');
    this.tools = el('div', { class: 'tools', label: 'Whiteboard tools' }, this.#pen, this.#forAll, this.#forNobody);
    this.canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    this.canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const name of ['pointerup', 'pointerleave'] as const) this.canvas.addEventListener(name, () => this.#end());
    this.may(false, false, false);
  }

  /** Who may draw here: this user, and whether others beside the presenter. */
  may(draw: boolean, presenter: boolean, others: boolean): void {
    show(this.#pen, draw);
    show(this.#forAll, presenter && !others);
    show(this.#forNobody, presenter && others);
    if (!draw) this.#take(false);
  }

  /** Whether this is another page than the one that was shown. */
  page({ pageId }: SlideRow): boolean {
    const before = this.#pageId;
    if (pageId === before) return false;
    this.#pageId = pageId;
    this.#shapes.clear();
    this.canvas.replaceChildren();
    return before !== '';
  }

  show(rows: readonly AnnotationRow[]): void {
    for (const { annotationId, annotationInfo, pageId } of rows) {
      const shape = pageId === this.#pageId ? strokeOf(annotationInfo) : undefined;
      if (!shape || (this.#shapes.size >= MAX_SHAPES && !this.#shapes.has(annotationId))) continue;
      this.#shapes.get(annotationId)?.remove();
      const drawn = drawnAs(shape);
      this.#shapes.set(annotationId, drawn);
      this.canvas.append(drawn);
    }
  }

  #take(pen: boolean): void {
    this.#holdsPen = pen;
    this.#pen.classList.toggle('primary', pen);
    this.canvas.classList.toggle('drawing', pen);
  }

  async #letDraw(on: boolean): Promise<void> {
    const { graphql, mutate } = this.#parts;
    const rows = on ? ((await graphql.request('Users')) as readonly { userId: string }[]) : [];
    await mutate('PresentationSetWriters', { pageId: this.#pageId, usersIds: rows.map(({ userId }) => userId) });
  }

  #begin(event: PointerEvent): void {
    if (!this.#holdsPen || this.#pageId === '') return;
    const start = this.#placeOf(event);
    this.#stroke = { id: `shape:${crypto.randomUUID()}`, start, points: [{ x: 0, y: 0 }], sentMs: performance.now(), cursorMs: 0 };
  }

  #move(event: PointerEvent): void {
    const stroke = this.#stroke;
    if (!stroke) return;
    const { x, y } = this.#placeOf(event);
    stroke.points.push({ x: x - stroke.start.x, y: y - stroke.start.y });
    const nowMs = performance.now();
    if (nowMs - stroke.cursorMs > CURSOR_EVERY_MS) {
      stroke.cursorMs = nowMs;
      void this.#parts.mutate('PresentationPublishCursor', { whiteboardId: this.#pageId, xPercent: (x / SLIDE.width) * 100, yPercent: (y / SLIDE.height) * 100 });
    }
    if (nowMs - stroke.sentMs < SUBMIT_EVERY_MS) return;
    stroke.sentMs = nowMs;
    this.#submit(false);
  }

  #end(): void {
    if (this.#stroke) this.#submit(true);
    this.#stroke = undefined;
  }

  #submit(isComplete: boolean): void {
    const { id, start, points } = this.#stroke!;
    const { userId } = this.#parts.me();
    const shape = { id, type: 'draw', typeName: 'shape', parentId: 'page:1', index: 'a1', ...start, rotation: 0, isLocked: false, opacity: 1, isModerator: false, questionType: false, meta: { createdBy: userId }, props: { color: 'blue', dash: 'draw', fill: 'none', size: 'm', isClosed: false, isComplete, isPen: false, segments: [{ type: 'free', points: points.map((point) => ({ ...point, z: 0.5 })) }] } };
    void this.#parts.mutate('PresAnnotationSubmit', { pageId: this.#pageId, annotations: [{ id, annotationInfo: shape, wbId: this.#pageId, userId }] });
  }

  #placeOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: Math.round(((clientX - left) / width) * SLIDE.width), y: Math.round(((clientY - top) / height) * SLIDE.height) };
  }
}

/** The shape, if it is one that this board can show: what others send is never trusted to be one. */
function strokeOf(info: string): Stroke | undefined {
  try {
    const shape = JSON.parse(info) as Stroke;
    const finite = ({ x, y }: Point): boolean => Number.isFinite(x) && Number.isFinite(y);
    return shape.type === 'draw' && finite(shape) && shape.props.segments.every(({ points }) => points.every(finite)) ? shape : undefined;
  } catch {
    return undefined;
  }
}

/** As tldraw: a box of its own for each shape. */
function drawnAs({ x, y, props }: Stroke): HTMLElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${SLIDE.width} ${SLIDE.height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  for (const { points } of props.segments) {
    const line = document.createElementNS(SVG, 'polyline');
    line.setAttribute('points', points.map((point) => `${x + point.x},${y + point.y}`).join(' '));
    line.setAttribute('stroke', COLOURS[props.color] ?? COLOURS['black']!);
    svg.append(line);
  }
  const box = el('div', { class: 'shape' });
  box.dataset['shapeType'] = 'draw';
  box.append(svg);
  return box;
}
