import { sleep } from '../core/clock.js';
import { HarnessError } from '../core/errors.js';
import type { ActionParts } from './action-parts.js';

const MINUTE_MS = 60_000;

/** Sends everybody but moderators into rooms, evenly, and ends the rooms after a time. Resolves when the meeting has them. */
export async function openBreakouts(parts: ActionParts, rooms: number, forMs: number, signal: AbortSignal): Promise<void> {
  const { page } = parts;
  const { view, waits } = page;
  if (!view.moderator) throw new HarnessError('STEP_FAILED', 'only a moderator can open breakout rooms, and this user is none');
  const pupils = await waits.until(pupilIds(parts), signal);
  const asked = Array.from({ length: rooms }, (_, index) => ({
    name: `Firstbell room ${index + 1}`,
    shortName: `Room ${index + 1}`,
    isDefaultName: true,
    sequence: index + 1,
    freeJoin: false,
    users: pupils.filter((_id, place) => place % rooms === index),
    captureNotesFilename: `Room_${index + 1}_Notes`,
    captureSlidesFilename: `Room_${index + 1}_Whiteboard`,
    allPages: true,
    presId: '',
  }));
  // The server knows whole minutes only; the rooms are ended by hand if they are to end before.
  const minutes = Math.max(1, Math.ceil(forMs / MINUTE_MS));
  await waits.until(page.mutate('BreakoutRoomCreate', { record: false, captureNotes: false, captureSlides: false, durationInMinutes: minutes, sendInviteToModerators: false, rooms: asked }), signal);
  await waits.seen(() => view.roomCount >= rooms, signal);
  parts.later(endAfter(parts, forMs));
}

async function endAfter({ page, clock }: ActionParts, forMs: number): Promise<void> {
  await sleep(clock, forMs, page.signal);
  if (page.view.roomCount > 0) await page.mutate('BreakoutRoomEndAll', {});
}

/** Goes into the room that the user is sent to, once it is; resolves when the user is in. */
export async function enterBreakout({ page, enterRoom }: ActionParts, signal: AbortSignal): Promise<void> {
  const { view, waits } = page;
  await waits.seen(() => view.invited, signal);
  page.subscribe('Patched_getBreakoutData', {});
  try {
    const mine = (): { readonly roomId: string; readonly joinUrl: string } | undefined => view.rooms.find(({ assigned }) => assigned) ?? view.rooms[0];
    await waits.seen(() => mine() !== undefined, signal);
    if (mine()!.joinUrl === '') {
      await waits.until(page.mutate('BreakoutRoomRequestJoinUrl', { breakoutRoomId: mine()!.roomId }), signal);
      await waits.seen(() => (mine()?.joinUrl ?? '') !== '', signal);
    }
    await enterRoom(mine()!.joinUrl, signal);
  } finally {
    page.unsubscribe('Patched_getBreakoutData');
  }
}

async function pupilIds({ page }: ActionParts): Promise<readonly string[]> {
  const rows = await page.ask('getUser', {});
  const users = Array.isArray(rows) ? (rows as readonly { readonly userId?: unknown; readonly isModerator?: unknown }[]) : [];
  return users.flatMap(({ userId, isModerator }) => (typeof userId === 'string' && isModerator !== true ? [userId] : []));
}
