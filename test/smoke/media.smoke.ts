import { expect } from '@playwright/test';
import { test } from './fixtures.js';
import { connectivity, turnRelays } from './page-watch.js';
import { PartError } from './parts.js';

test.describe('two people in Chromium', { tag: '@media' }, () => {
  test('hear each other', async ({ checks, lesson }) => {
    const { teacher, pupil } = await lesson.talking(checks);
    await checks.all([pupil.hears(checks, 'the teacher'), teacher.hears(checks, 'the pupil')]);
  });

  test('see each other', async ({ checks, lesson }) => {
    const { teacher, pupil } = await lesson.people(checks);
    await checks.all([teacher.webcam(checks), pupil.webcam(checks)]);
    await checks.all([pupil.sees(checks, 'the teacher'), teacher.sees(checks, 'the pupil')]);
  });

  test('see a shared screen', async ({ checks, lesson }) => {
    const { teacher, pupil } = await lesson.people(checks);
    // The first moderator is the presenter.
    if (!(await teacher.offersScreenShare())) checks.notOffered('screen-share', 'the presenter’s client offers no screen sharing (disabled on this server?)');
    await teacher.sharesScreen(checks);
    await pupil.seesScreen(checks, 'the teacher');
    await teacher.stopsScreen(checks, pupil);
  });

  test('have a way for packets', async ({ checks, lesson, waitMs }) => {
    const { pupil } = await lesson.talking(checks);
    const found = await checks.look('ice', 'media connections find a way for packets', async () => {
      const now = await connectivity(pupil.page);
      if (now.pairs.length === 0 || now.states.includes('failed')) throw new PartError('ice', `the connections are ${now.states.join(', ') || 'none'}`);
      return now;
    });
    expect(found.pairs.length).toBeGreaterThan(0);
    if (!found.turn) return checks.absent('ice', 'the server offers no TURN');
    await checks.look('ice', 'TURN gives a relay address', async () => {
      if (!(await turnRelays(pupil.page, waitMs))) throw new PartError('ice', `no relay address within ${waitMs / 1_000} s: users behind strict firewalls are cut off`, 'coturn: running, reachable, certificate, secret as in turn-stun-servers.xml');
    });
  });
});
