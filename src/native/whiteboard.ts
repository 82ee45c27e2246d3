import { sleep } from '../core/clock.js';
import { uniqueToken } from '../core/random.js';
import { asPresenter, type ActionParts } from './action-parts.js';

/** A stroke is drawn for about so long; pointers are told every 150 ms (client: cursor throttle), the growing shape every second time. */
const STROKE_STEPS = 8;
const STEP_MS = 150;
const STEPS_PER_SUBMIT = 2;
/** The slide is drawn on in these units (tldraw: pixels of the page). */
const SLIDE = { width: 1_440, height: 810 } as const;
const STROKES = 'annotationHistoryStream';
const COLOURS = ['black', 'blue', 'red', 'green', 'orange', 'violet'] as const;

/** Lets everybody draw, or nobody but the presenter: the client asks for all users and names each. */
export async function openWhiteboard(parts: ActionParts, on: boolean, signal: AbortSignal): Promise<void> {
  const { page } = parts;
  const { view, waits } = page;
  await asPresenter(parts, 'let others draw', signal);
  // The presentation comes a moment after the user is in.
  await waits.seen(() => view.pageId !== '', signal);
  const { pageId } = view;
  const usersIds = on ? await waits.until(userIds(parts), signal) : [];
  await waits.until(page.mutate('PresentationSetWriters', { pageId, usersIds }), signal);
  const others = usersIds.some((id) => id !== view.userId);
  await waits.seen(() => view.writers > 0 === others, signal);
}

/** Draws one stroke where the user may; resolves when the server has shown the user its own. `mark` names it for those who see it. */
export async function draw({ page, clock, seq, mark }: ActionParts, signal: AbortSignal): Promise<void> {
  const { view, waits } = page;
  await waits.seen(() => view.canDraw && view.pageId !== '', signal);
  // The board opens some two seconds after the join; before, nobody can draw on it.
  while (!page.isSubscribed(STROKES)) await sleep(clock, STEP_MS, signal);
  const { pageId, userId } = view;
  const id = `${SHAPE_PREFIX}${mark?.replace(/^#/, '') ?? uniqueToken(12)}`;
  // Users begin at places of their own; the golden ratio keeps neighbours apart.
  const start = { x: ((seq * 0.618_033_988_749_895) % 1) * SLIDE.width * 0.8, y: ((seq * 0.414_213_562_373_095) % 1) * SLIDE.height * 0.8 };
  const points: { readonly x: number; readonly y: number; readonly z: number }[] = [];
  for (let step = 1; step <= STROKE_STEPS; step++) {
    points.push({ x: step * 12, y: Math.round(Math.sin(step) * 18), z: 0.5 });
    const { x, y } = points.at(-1)!;
    void page.mutate('PresentationPublishCursor', { whiteboardId: pageId, xPercent: ((start.x + x) / SLIDE.width) * 100, yPercent: ((start.y + y) / SLIDE.height) * 100 }).catch(ignore);
    if (step % STEPS_PER_SUBMIT === 0) {
      const shape = strokeOf(id, userId, start, points, COLOURS[seq % COLOURS.length]!, step === STROKE_STEPS);
      await waits.until(page.mutate('PresAnnotationSubmit', { pageId, annotations: [{ id, annotationInfo: shape, wbId: pageId, userId }] }), signal);
    }
    if (step < STROKE_STEPS) await sleep(clock, STEP_MS, signal);
  }
  await waits.seen(() => view.hasDrawn(id), signal);
}

/** tldraw's; behind it stands the mark without its sign. */
export const SHAPE_PREFIX = 'shape:';

/** A freehand stroke as tldraw 2 keeps it. */
function strokeOf(id: string, userId: string, { x, y }: { readonly x: number; readonly y: number }, points: readonly object[], color: string, isComplete: boolean): Readonly<Record<string, unknown>> {
  return {
    id,
    type: 'draw',
    typeName: 'shape',
    parentId: 'page:1',
    index: 'a1',
    x,
    y,
    rotation: 0,
    isLocked: false,
    opacity: 1,
    isModerator: false,
    questionType: false,
    meta: { createdBy: userId },
    props: { color, dash: 'draw', fill: 'none', size: 'm', isClosed: false, isComplete, isPen: false, segments: [{ type: 'free', points: [...points] }] },
  };
}

async function userIds({ page }: ActionParts): Promise<readonly string[]> {
  const rows = await page.ask('Users', {});
  return (Array.isArray(rows) ? (rows as readonly { readonly userId?: unknown }[]) : []).flatMap(({ userId }) => (typeof userId === 'string' ? [userId] : []));
}

const ignore = (): void => undefined;
