import { SELECTORS } from '../../src/bbb/selectors.js';
import { ClientDriver } from '../../src/browser/client-driver.js';
import { endRooms, makeRooms, openRoom, roomsEntry } from '../../src/browser/lesson-actions.js';
import { systemClock } from '../../src/core/clock.js';
import { uniqueToken } from '../../src/core/random.js';
import type { Checks } from './checks.js';
import { test } from './fixtures.js';
import { breakSockets } from './page-watch.js';
import { PartError } from './parts.js';
import { until, type Person } from './person.js';

/** A conversation dies of more; a healthy server needs a tenth of a second. */
const CHAT_LIMIT_MS = 5_000;
const OFFLINE_MS = 2_000;

/** One writes, the other reads it in time. The reader's chat must be open. */
function reaches(checks: Checks, from: Person, to: Person): Promise<void> {
  return checks.look('chat', `what ${from.name} writes reaches ${to.name} within ${CHAT_LIMIT_MS / 1_000} s`, async () => {
    const text = `from ${from.name} ${uniqueToken(6)}`;
    const startMs = systemClock.nowMs();
    await Promise.all([from.says(text), to.reads(text, 2 * CHAT_LIMIT_MS)]);
    const tookMs = systemClock.nowMs() - startMs;
    if (tookMs > CHAT_LIMIT_MS) throw new PartError('chat', `it took ${(tookMs / 1_000).toFixed(1)} s`);
  });
}

/** Opens the chat of both. */
async function openChats(checks: Checks, ...people: readonly Person[]): Promise<void> {
  for (const person of people) await checks.look('chat', `${person.name} can write in the chat`, () => person.says(`good morning ${uniqueToken(6)}`));
}

test.describe('in a meeting', { tag: '@meeting' }, () => {
  test('chat goes both ways', async ({ checks, lesson }) => {
    const { teacher, pupil } = await lesson.people(checks);
    await openChats(checks, teacher, pupil);
    await reaches(checks, teacher, pupil);
    await reaches(checks, pupil, teacher);
  });

  test('a client that is loaded anew is in again, as the same person', async ({ checks, lesson, api, waitMs }) => {
    const { meetingId, teacher, pupil } = await lesson.people(checks);
    await checks.look('reconnect', 'a reloaded client becomes ready again', async () => {
      await pupil.page.reload({ waitUntil: 'domcontentloaded', timeout: waitMs });
      await pupil.driver.ready();
    });
    await openChats(checks, teacher, pupil);
    await reaches(checks, teacher, pupil);
    await checks.look('reconnect', 'nobody is there twice after a reload', async () => {
      const limit = AbortSignal.timeout(2 * waitMs);
      const { answer, reached } = await until(waitMs, async () => (await api.getMeetingInfo(meetingId, limit)).participants, (participants) => participants === 2);
      if (!reached) throw new PartError('reconnect', `the server counts ${answer} participants, there are 2`);
    });
  });

  test('a client whose network was gone comes back by itself', async ({ checks, lesson, waitMs }) => {
    const { teacher, pupil } = await lesson.people(checks);
    await openChats(checks, teacher, pupil);
    const meanwhile = `said meanwhile ${uniqueToken(6)}`;
    try {
      await pupil.setOffline(true);
      const broken = await breakSockets(pupil.page);
      if (broken === 0) throw new PartError('client', 'the client held no socket that could break');
      await teacher.says(meanwhile);
      await pupil.page.waitForTimeout(OFFLINE_MS);
    } finally {
      await pupil.setOffline(false);
    }
    await checks.look('reconnect', 'what was said while the network was gone arrives afterwards', () => pupil.reads(meanwhile, waitMs));
    await checks.look('reconnect', 'the client can be used again', () => pupil.says(`back ${uniqueToken(6)}`));
  });

  test('breakout rooms take people in, and give them back', async ({ checks, lesson, api, waitMs }) => {
    const { meetingId, teacher, pupil } = await lesson.people(checks);
    const [mayMake, invited] = [teacher.driver.ui, pupil.driver.ui];
    await Promise.all([mayMake.uncover(), invited.uncover()]);
    if ((await roomsEntry(mayMake)) === undefined) checks.notOffered('breakout', "the teacher's client offers no breakout rooms (disabledFeatures)");
    await checks.look('breakout', 'the teacher makes breakout rooms', () => makeRooms(mayMake, 2, 5));
    const room = await checks.look('breakout', 'the pupil is asked in, and the room opens in a page of its own', () => openRoom(invited));
    await checks.look('breakout', "the room's client becomes ready", () => new ClientDriver(room, invited.limits).ready());
    await checks.look('breakout', 'the server counts the pupil in the room', async () => {
      const limit = AbortSignal.timeout(2 * waitMs);
      const { internalMeetingID } = await api.getMeetingInfo(meetingId, limit);
      const inRooms = async (): Promise<number> => (await api.getMeetings(limit)).filter(({ isBreakout, parentMeetingID }) => isBreakout && parentMeetingID === internalMeetingID).reduce((sum, { participants }) => sum + participants, 0);
      if (!(await until(waitMs, inRooms, (count) => count > 0)).reached) throw new PartError('breakout', 'the server counts nobody in a breakout room');
    });
    await checks.look('breakout', 'the teacher ends the rooms, and the pupil is shown out of it', async () => {
      await endRooms(mayMake);
      const ended = room.locator(SELECTORS.meetingEndedModal).filter({ visible: true }).first();
      if (!(await until(waitMs, async () => room.isClosed() || (await ended.isVisible().catch(() => true)), Boolean)).reached) throw new PartError('breakout', 'the room goes on');
    });
    await room.close();
    await checks.look('breakout', 'the pupil can use the meeting again', () => pupil.says(`back from the room ${uniqueToken(6)}`));
  });

  test('when it is ended everybody is shown out', async ({ checks, lesson, meetings, api, waitMs }) => {
    const { meetingId, teacher, pupil } = await lesson.people(checks);
    await checks.look('end', 'the API ends the meeting', () => meetings.end(meetingId));
    for (const person of [teacher, pupil]) {
      await checks.look('end', `${person.name} is told that the meeting has ended`, () => person.page.locator(SELECTORS.meetingEndedModal).filter({ visible: true }).first().waitFor({ state: 'visible', timeout: waitMs }));
    }
    await checks.look('end', 'the meeting runs no longer', async () => {
      const limit = AbortSignal.timeout(2 * waitMs);
      if (!(await until(waitMs, () => api.isMeetingRunning(meetingId, limit), (running) => !running)).reached) throw new PartError('end', 'the API says that it is still running');
    });
    await lesson.over();
  });
});
