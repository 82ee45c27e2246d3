import type { StreamRow } from './meeting.js';

/** settings.yml of BBB 3.0, public.whiteboard.annotations.maxNumberOfAnnotations. */
const MAX_SHAPES = 300;
const MAX_HISTORY = 2_000;
const MAX_SHAPE_CHARS = 100_000;
const MAX_CURSORS = 1_000;

/** What is drawn on the pages of a presentation, and who may draw. */
export class Whiteboard {
  /** Pages and who may draw on them beside the presenter. */
  readonly #writers = new Map<string, ReadonlySet<string>>();
  /** Pages and their shapes: id → row. */
  readonly #shapes = new Map<string, Map<string, Readonly<Record<string, unknown>>>>();
  /** Every change, for `pres_annotation_history_curr_stream`. */
  readonly history: StreamRow[] = [];
  /** The newest place of each user's pointer. */
  readonly #cursors = new Map<string, StreamRow>();

  writers(pageId: string): ReadonlySet<string> {
    return this.#writers.get(pageId) ?? NOBODY;
  }

  setWriters(pageId: string, userIds: readonly string[]): void {
    this.#writers.set(pageId, new Set(userIds));
  }

  shapes(pageId: string): readonly Readonly<Record<string, unknown>>[] {
    return [...(this.#shapes.get(pageId)?.values() ?? [])];
  }

  /** Strokes and other shapes, of all pages. */
  get size(): number {
    return [...this.#shapes.values()].reduce((sum, shapes) => sum + shapes.size, 0);
  }

  /** False: no shape, too big, or one too many. `stampMs`: Unix time, later than all before. */
  draw(pageId: string, userId: string, annotation: unknown, stampMs: number, at: string): boolean {
    if (typeof annotation !== 'object' || annotation === null) return false;
    const { id, annotationInfo } = annotation as { readonly id?: unknown; readonly annotationInfo?: unknown };
    if (typeof id !== 'string' || id === '' || id.length > 64 || typeof annotationInfo !== 'object' || annotationInfo === null) return false;
    const info = JSON.stringify(annotationInfo);
    let shapes = this.#shapes.get(pageId);
    if (!shapes) this.#shapes.set(pageId, (shapes = new Map<string, Readonly<Record<string, unknown>>>()));
    if (info.length > MAX_SHAPE_CHARS || (shapes.size >= MAX_SHAPES && !shapes.has(id))) return false;
    // The server keeps and gives out the shape as text.
    const row = { annotationId: id, annotationInfo: info, lastUpdatedAt: at, updatedAt: at, pageId, presentationId: pageId.split('/')[0], userId, __typename: 'pres_annotation_history_curr_stream' };
    shapes.set(id, { ...row, __typename: 'pres_annotation_curr' });
    this.history.push({ atMs: stampMs, row });
    if (this.history.length > MAX_HISTORY) this.history.shift();
    return true;
  }

  point(userId: string, pageId: string, xPercent: number, yPercent: number, stampMs: number, at: string): void {
    this.#cursors.delete(userId);
    this.#cursors.set(userId, { atMs: stampMs, row: { xPercent, yPercent, lastUpdatedAt: at, userId, pageId, isCurrentPage: true, __typename: 'pres_page_cursor_stream' } });
    if (this.#cursors.size > MAX_CURSORS) this.#cursors.delete(this.#cursors.keys().next().value!);
  }

  /** By time. */
  get cursors(): readonly StreamRow[] {
    return [...this.#cursors.values()];
  }
}

const NOBODY: ReadonlySet<string> = new Set();
