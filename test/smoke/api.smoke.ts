import { BbbApi } from '../../src/bbb/api.js';
import type { JoinParams } from '../../src/bbb/join.js';
import { systemClock } from '../../src/core/clock.js';
import { codeOf, HarnessError, type ErrorCode } from '../../src/core/errors.js';
import { uniqueToken } from '../../src/core/random.js';
import { RUN_TAG } from '../../src/fleet/meetings.js';
import { probeMedia } from '../../src/fleet/probe-media.js';
import { probeGraphql, probeSfu } from '../../src/fleet/probe-sockets.js';
import { test } from './fixtures.js';
import { PartError } from './parts.js';
import { until } from './person.js';

/** Rejects unless `work` is refused for one of these reasons. */
async function refused(work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
  const code = await work.then(
    () => undefined,
    (error: unknown) => {
      if (codes.includes(codeOf(error))) return codeOf(error);
      throw error;
    },
  );
  if (code === undefined) throw new HarnessError('API_REFUSED', 'it was accepted', { hint: 'the server lets in what it must refuse; look at this before anything else' });
}

function holds(condition: boolean, otherwise: string): void {
  if (!condition) throw new HarnessError('API_REFUSED', otherwise);
}

const PERSON: Omit<JoinParams, 'meetingID'> = { fullName: 'Contract', role: 'MODERATOR', userID: 'firstbell-contract' };

test.describe('the API', { tag: '@api' }, () => {
  test('says its version', async ({ checks, api, waitMs }) => {
    await checks.look('api', 'the API answers with its version', async () => {
      const { apiVersion } = await api.version(AbortSignal.timeout(waitMs));
      holds(apiVersion !== '', 'the answer holds no version');
    });
  });

  test('accepts the shared secret and refuses another', async ({ checks, api, target, waitMs }) => {
    await checks.look('api', 'the shared secret is accepted', () => api.getMeetings(AbortSignal.timeout(waitMs)));
    await checks.look('api', 'a wrong checksum is refused', async () => {
      await using wrong = new BbbApi({ ...target, secret: uniqueToken(32) }, { clock: systemClock });
      await refused(wrong.getMeetings(AbortSignal.timeout(waitMs)), 'API_CHECKSUM');
    });
  });

  test('creates, finds again, lists and ends a meeting', async ({ checks, api, meetings, target, waitMs }) => {
    const limit = AbortSignal.timeout(3 * waitMs);
    const meetingID = await meetings.create(checks, 'API');
    const listed = await checks.look('api', 'getMeetings lists the meeting', async () => {
      const { answer } = await until(waitMs, () => api.getMeetings(limit), (all) => all.some((one) => one.meetingID === meetingID));
      const found = answer.find((one) => one.meetingID === meetingID);
      if (!found) throw new HarnessError('MEETING_NOT_FOUND', `getMeetings does not list the meeting ${waitMs / 1_000} s after it was created`, { hint: 'behind a load balancer: does it ask the server that holds the meeting?' });
      return found;
    });
    await checks.look('api', 'a meeting keeps its metadata', async () => holds(listed.metadata[RUN_TAG] === target.runId, 'the meeting has lost its meta_ values'));
    await checks.look('api', 'a second create makes no second meeting', async () => {
      // A balancer like Scalelite gives each create without passwords new ones; the server then refuses it, which is as good.
      const again = await api.create({ meetingID, name: 'Firstbell smoke: API' }, limit).catch((error: unknown) => {
        if (codeOf(error) !== 'MEETING_ID_TAKEN') throw error;
        return listed;
      });
      holds(again.internalMeetingID === listed.internalMeetingID, 'a second meeting was made');
    });
    await checks.look('api', 'getMeetingInfo knows the meeting', async () => holds((await api.getMeetingInfo(meetingID, limit)).meetingID === meetingID, 'it tells of another meeting'));
    await checks.look('end', 'the API ends a meeting', async () => {
      await meetings.end(meetingID);
      const { reached } = await until(waitMs, () => api.getMeetings(limit), (all) => all.every((one) => one.meetingID !== meetingID || one.ended));
      if (!reached) throw new HarnessError('STEP_FAILED', 'getMeetings lists the meeting as alive after it was ended');
    });
  });

  test('lets people in and refuses what it must', async ({ checks, api, meetings, waitMs }) => {
    const limit = AbortSignal.timeout(4 * waitMs);
    const meetingID = await meetings.create(checks, 'joining');
    const first = await checks.look('api', 'join leads to the client', () => api.join({ meetingID, ...PERSON }, limit));
    await checks.look('api', 'a join gets a session cookie', async () => holds(first.jar.serializeSync()?.cookies.some(({ key }) => key === 'JSESSIONID') === true, 'no JSESSIONID was set; does a proxy drop Set-Cookie?'));
    if (first.hops < 2) checks.absent('load-balancer', 'the URL is a server’s own');
    else {
      await checks.look('load-balancer', 'everybody in a meeting comes to the same server', async () => {
        const second = await api.join({ meetingID, ...PERSON, fullName: 'Second', userID: 'firstbell-second' }, limit);
        if (second.server !== first.server) throw new HarnessError('NO_SERVER_AVAILABLE', `two people of one meeting were sent to ${first.server} and ${second.server}`);
      });
    }
    await checks.look('api', 'an unknown meeting cannot be joined', () => refused(api.join({ meetingID: `${meetingID}-unknown`, ...PERSON }, limit), 'MEETING_NOT_FOUND'));
    await checks.look('api', 'an unknown meeting cannot be ended', () => refused(api.end(`${meetingID}-unknown`, limit), 'MEETING_NOT_FOUND'));
    await checks.look('end', 'a meeting that has ended cannot be joined', async () => {
      await meetings.end(meetingID);
      const ended = async (): Promise<boolean> => refused(api.join({ meetingID, ...PERSON }, limit), 'MEETING_NOT_FOUND', 'MEETING_ENDED').then(() => true, () => false);
      if (!(await until(waitMs, ended, Boolean)).reached) throw new HarnessError('STEP_FAILED', 'people are still let in');
    });
  });

  test('leads to GraphQL and SFU sockets that answer', async ({ checks, api, meetings, waitMs }) => {
    const limit = AbortSignal.timeout(4 * waitMs);
    const meetingID = await meetings.create(checks, 'sockets');
    const session = await checks.look('api', 'join leads to the client', () => api.join({ meetingID, ...PERSON }, limit));
    const { graphqlWebsocketUrl: graphqlUrl } = await checks.look('api', 'the server behind the join says its GraphQL address', () => api.versionOf(session, limit));
    const probe = { session, graphqlUrl, clock: systemClock, timeoutMs: waitMs };
    const failures: unknown[] = [];
    // Both are looked at, whatever becomes of the first.
    await checks.look('graphql', 'GraphQL acknowledges a session', () => probeGraphql(probe, limit)).catch((error: unknown) => failures.push(error));
    await checks.look('sfu-audio', 'the SFU answers on its socket', () => probeSfu(probe, limit)).catch((error: unknown) => failures.push(error));
    const media = await checks.look('state', 'the server says what carries the media', () => probeMedia(probe, limit));
    if (/LiveKit/.test(media.detail)) {
      await checks
        .look('livekit', `LiveKit answers; media of a meeting: ${media.detail}`, async () => {
          if (media.ok === false) throw new PartError('livekit', media.detail, media.help);
        })
        .catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
    await meetings.end(meetingID);
  });
});
