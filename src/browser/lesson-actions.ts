import type { Page } from 'playwright';
import { SELECTORS } from '../bbb/selectors.js';
import { sleep, type Clock } from '../core/clock.js';
import { HarnessError } from '../core/errors.js';
import type { Action } from '../vu/attendee.js';
import type { ClientUi } from './client-ui.js';

export interface LessonParts {
  readonly ui: ClientUi;
  readonly clock: Clock;
  /** Number of the user: who shows which emoji and answers what is no accident. */
  readonly seq: number;
  /** Aborts when the user is gone. */
  readonly gone: AbortSignal;
  /** Goes on while the user does other things; a failure is counted. */
  later(work: Promise<void>): void;
}

type LessonAction = Extract<Action, { readonly do: 'react' | 'mute-meeting' | 'start-poll' | 'vote' | 'open-whiteboard' | 'draw' | 'open-breakouts' }>;

/** A teacher publishes what was answered after this time. */
const POLL_OPEN_MS = 15_000;
/** As long as a native user's stroke. */
const STROKE_STEPS = 8;
const STROKE_STEP_MS = 150;
/** The dialogue of the client takes no less, and no fewer rooms. */
const LEAST_ROOM_MINUTES = 5;
const LEAST_ROOMS = 2;
const MINUTE_MS = 60_000;

/** What a person does in a lesson, by the client's own buttons; resolves when the page shows it done. Rejects with STEP_FAILED. */
export async function actInLesson(action: LessonAction, parts: LessonParts): Promise<void> {
  const { ui } = parts;
  await ui.uncover();
  switch (action.do) {
    case 'react':
      return react(parts);
    case 'mute-meeting':
      await manageUsers(ui);
      return ui.click(action.on ? 'muteAllButPresenter' : 'unmuteAll', 'STEP_FAILED', 'the menu has nothing to mute everybody with');
    case 'start-poll':
      return startPoll(parts);
    case 'vote':
      return vote(parts);
    case 'open-whiteboard':
      return openWhiteboard(ui, action.on);
    case 'draw':
      return draw(parts);
    case 'open-breakouts':
      return openBreakouts(parts, action.rooms, action.forMs);
  }
}

/** Says yes to the room that the user is sent to; resolves with the page that the client opens for it. */
export async function openRoom(ui: ClientUi): Promise<Page> {
  const { stepTimeoutMs } = ui.limits;
  await ui.either('STEP_FAILED', 'nobody asked the user into a breakout room', stepTimeoutMs, ['modalConfirm']);
  const opened = ui.page.context().waitForEvent('page', { timeout: stepTimeoutMs });
  opened.catch(() => undefined);
  await ui.click('modalConfirm', 'STEP_FAILED', 'the breakout room could not be accepted');
  let room: Page | undefined;
  await ui.attempt('STEP_FAILED', 'the client opened no page for the breakout room', async () => {
    room = await opened;
  });
  return room!;
}

async function react({ ui, seq }: LessonParts): Promise<void> {
  if (!(await ui.shown('reactionItem'))) await ui.click('reactionsButton', 'STEP_FAILED', 'the reactions did not open');
  await ui.either('STEP_FAILED', 'there are no reactions to choose from', ui.limits.stepTimeoutMs, ['reactionItem']);
  await choose(ui, 'reactionItem', seq, 'the reaction could not be shown');
}

/** Moderators find it over the list of users, which may be closed. */
async function manageUsers(ui: ClientUi): Promise<void> {
  if (!(await ui.shown('manageUsers'))) await ui.click('userListToggle', 'STEP_FAILED', 'the list of users did not open');
  await ui.click('manageUsers', 'STEP_FAILED', 'only a moderator can manage users, and this user is none');
}

async function startPoll(parts: LessonParts): Promise<void> {
  const { ui, clock, gone } = parts;
  if (!(await ui.shown('pollYesNo'))) {
    if (!(await ui.shown('openPoll'))) await ui.click('actionsMenu', 'STEP_FAILED', 'only the presenter can start a poll');
    await ui.click('openPoll', 'STEP_FAILED', 'the actions have no poll');
  }
  await ui.click('pollYesNo', 'STEP_FAILED', 'the poll offers no yes and no');
  await ui.click('startPoll', 'STEP_FAILED', 'the poll could not be started');
  await ui.either('STEP_FAILED', 'the poll did not start', ui.limits.stepTimeoutMs, ['publishPoll']);
  parts.later(sleep(clock, POLL_OPEN_MS, gone).then(() => ui.click('publishPoll', 'STEP_FAILED', 'the results could not be published')));
}

async function vote({ ui, seq }: LessonParts): Promise<void> {
  await ui.either('STEP_FAILED', 'the client asked nothing', ui.limits.stepTimeoutMs, ['pollAnswer']);
  await choose(ui, 'pollAnswer', seq, 'the poll could not be answered');
  await ui.hidden('pollQuestion', 'STEP_FAILED', 'the client went on asking');
}

async function openWhiteboard(ui: ClientUi, on: boolean): Promise<void> {
  const [press, wait] = on ? (['whiteboardForAll', 'whiteboardForPresenter'] as const) : (['whiteboardForPresenter', 'whiteboardForAll'] as const);
  await ui.click(press, 'STEP_FAILED', on ? 'only the presenter can let others draw' : 'others could not be kept from drawing');
  await ui.either('STEP_FAILED', 'the whiteboard did not change hands', ui.limits.stepTimeoutMs, [wait]);
}

/** One stroke with the mouse, at a place of the user's own. */
async function draw({ ui, clock, seq, gone }: LessonParts): Promise<void> {
  const { page, limits } = ui;
  await ui.click('pencil', 'STEP_FAILED', 'the user may not draw');
  const strokes = page.locator(SELECTORS.stroke);
  const before = await strokes.count();
  await ui.attempt('STEP_FAILED', 'nothing could be drawn', async () => {
    const box = await ui.visible('canvas').boundingBox({ timeout: limits.stepTimeoutMs });
    if (!box) throw new HarnessError('STEP_FAILED', 'the whiteboard is not to be seen');
    // The golden ratio keeps neighbours apart, as native users.
    const start = { x: box.x + box.width * (0.1 + 0.6 * ((seq * 0.618_033_988_749_895) % 1)), y: box.y + box.height * (0.2 + 0.5 * ((seq * 0.414_213_562_373_095) % 1)) };
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    for (let step = 1; step <= STROKE_STEPS; step++) {
      await page.mouse.move(start.x + step * 10, start.y + Math.sin(step) * 14);
      await sleep(clock, STROKE_STEP_MS, gone);
    }
    await page.mouse.up();
    await strokes.nth(before).waitFor({ state: 'attached', timeout: limits.stepTimeoutMs });
  });
}

async function openBreakouts({ ui, clock, gone, later }: LessonParts, rooms: number, forMs: number): Promise<void> {
  if (rooms < LEAST_ROOMS) throw new HarnessError('STEP_FAILED', `the client makes ${LEAST_ROOMS} breakout rooms at least`);
  await makeRooms(ui, rooms, Math.ceil(forMs / MINUTE_MS));
  later(sleep(clock, forMs, gone).then(() => endRooms(ui)));
}

/** Where a moderator's client has the way to breakout rooms; opens the menu that it may be in. Undefined: it has none. */
export async function roomsEntry(ui: ClientUi): Promise<'roomsSidebar' | 'createRooms' | undefined> {
  // 4.0 has an entry of its own beside the users.
  if (await ui.shown('roomsSidebar')) return 'roomsSidebar';
  if (!(await ui.shown('createRooms'))) await manageUsers(ui);
  await ui.either('STEP_FAILED', 'the menu for users did not open', ui.limits.stepTimeoutMs, ['muteAllButPresenter']);
  return (await ui.shown('createRooms')) ? 'createRooms' : undefined;
}

/** Through the dialogue of a moderator, everybody in some room; resolves when the client shows the rooms. */
export async function makeRooms(ui: ClientUi, rooms: number, minutes: number): Promise<void> {
  const { stepTimeoutMs } = ui.limits;
  const entry = await roomsEntry(ui);
  if (!entry) throw new HarnessError('STEP_FAILED', 'the client offers no breakout rooms: switched off, or there are some already');
  await ui.click(entry, 'STEP_FAILED', 'the breakout rooms did not open');
  if (entry === 'roomsSidebar') await ui.click('createRoomsButton', 'STEP_FAILED', 'breakout rooms cannot be made');
  await ui.attempt('STEP_FAILED', 'the number of breakout rooms could not be set', async () => {
    await ui.visible('numberOfRooms').selectOption(String(rooms), { timeout: stepTimeoutMs });
  });
  await ui.attempt('STEP_FAILED', 'the time for breakout rooms could not be set', () => ui.visible('roomMinutes').fill(String(Math.max(LEAST_ROOM_MINUTES, minutes)), { timeout: stepTimeoutMs }));
  await ui.click('assignRandomly', 'STEP_FAILED', 'users could not be sent to breakout rooms');
  await ui.click('modalConfirm', 'STEP_FAILED', 'the breakout rooms could not be made; is there anybody to send?');
  await ui.either('STEP_FAILED', 'the breakout rooms were not made', stepTimeoutMs, ['roomsItem', 'roomsMenu']);
}

/** Harmless when they have ended by themselves. */
export async function endRooms(ui: ClientUi): Promise<void> {
  if (!(await ui.shown('roomsMenu'))) {
    if (!(await ui.shown('roomsItem'))) return;
    await ui.click('roomsItem', 'STEP_FAILED', 'the breakout rooms did not open');
  }
  await ui.click('roomsMenu', 'STEP_FAILED', 'the menu of breakout rooms did not open');
  await ui.click('endRooms', 'STEP_FAILED', 'the breakout rooms could not be ended');
}

/** One of several, by the user's number. */
async function choose(ui: ClientUi, name: 'reactionItem' | 'pollAnswer', seq: number, failure: string): Promise<void> {
  const all = ui.page.locator(SELECTORS[name]).filter({ visible: true });
  await ui.attempt('STEP_FAILED', failure, async () => {
    const count = await all.count();
    await all.nth(seq % Math.max(1, count)).click({ timeout: ui.limits.stepTimeoutMs });
  });
}
