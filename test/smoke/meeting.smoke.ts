import { SELECTORS } from '../../src/bbb/selectors.js';
import { systemClock } from '../../src/core/clock.js';
import { codeOf } from '../../src/core/errors.js';
import { uniqueToken } from '../../src/core/random.js';
import type { Checks } from './checks.js';
import { test } from './fixtures.js';
import { breakSockets } from './page-watch.js';
import { PartError, wordsOf } from './parts.js';
import { Person, until } from './person.js';

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

/** Refusals of the API are of the breakout room here; a server that does not answer at all stays what it is. */
function refusalOf(error: unknown): Error {
  const { reason, hint } = wordsOf(error);
  const code = codeOf(error);
  return code === 'API_REFUSED' || code === 'API_VALIDATION' || code === 'MEETING_NOT_FOUND' ? new PartError('breakout', reason, hint) : (error as Error);
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

  test('a breakout room takes people in', async ({ checks, lesson, meetings, api, parts, waitMs }) => {
    const { meetingId: parentMeetingID, teacher } = await lesson.people(checks);
    const limit = AbortSignal.timeout(3 * waitMs);
    const meetingID = `${parentMeetingID}-breakout`;
    const extra = { isBreakout: true, parentMeetingID, sequence: 1, freeJoin: true, meetingExpireIfNoUserJoinedInMinutes: 5 };
    let instead: string | undefined;
    try {
      await meetings.createPlain(api, { meetingID, name: 'Firstbell smoke: breakout', extra }, limit);
      if (!(await api.getMeetingInfo(meetingID, limit)).isBreakout) instead = 'the API makes a meeting of its own instead of a breakout room';
    } catch (error) {
      // A balancer may send the room to another server than its parent.
      if (codeOf(error) === 'MEETING_NOT_FOUND' && teacher.session.hops > 1) instead = 'the load balancer does not bring breakout rooms to the server of their meeting';
      else await checks.look('breakout', 'a breakout room can be created', () => Promise.reject(refusalOf(error)));
    }
    if (instead !== undefined) {
      await meetings.end(meetingID);
      checks.notOffered('breakout', instead);
    }
    const member = await Person.join(checks, parts, { name: 'Member', role: 'VIEWER', meetingId: meetingID });
    await checks.look('breakout', 'a person is in the breakout room', async () => {
      const { reached } = await until(waitMs, async () => (await api.getMeetingInfo(meetingID, limit)).participants, (participants) => participants === 1);
      if (!reached) throw new PartError('breakout', 'the server counts nobody in it');
    });
    await member.close();
    await meetings.end(meetingID);
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
