import { uniqueToken } from '../../src/core/random.js';
import { MEETING_ID_PREFIX } from '../../src/run/ledger.js';
import type { ApiMeetingHost } from '../../src/fleet/meetings.js';
import type { Checks } from './checks.js';
import { Person, type PersonParts } from './person.js';

/** Makes meetings of this run: tagged, with names that people recognise, ended with the worker whatever happens. */
export class Meetings {
  readonly #host: ApiMeetingHost;
  readonly #runId: string;
  readonly #waitMs: number;
  readonly #open = new Set<string>();

  constructor(host: ApiMeetingHost, runId: string, waitMs: number) {
    this.#host = host;
    this.#runId = runId;
    this.#waitMs = waitMs;
  }

  /** BBB's external id of a new meeting. */
  create(checks: Checks, about: string): Promise<string> {
    return checks.look('api', 'a meeting can be created', async () => {
      const meetingId = `${MEETING_ID_PREFIX}${this.#runId}-${uniqueToken(6)}`;
      // Also a create whose answer was lost is ended.
      this.#open.add(meetingId);
      await this.#host.create({ meetingId, name: `Firstbell smoke: ${about}`, runId: this.#runId }, AbortSignal.timeout(this.#waitMs));
      return meetingId;
    });
  }

  async end(meetingId: string): Promise<void> {
    await this.#host.end(meetingId, AbortSignal.timeout(this.#waitMs));
    this.#open.delete(meetingId);
  }

  /** What cannot be ended here the end of the run tries again. */
  async endAll(): Promise<void> {
    await Promise.allSettled([...this.#open].map((meetingId) => this.end(meetingId)));
  }
}

export interface People {
  readonly meetingId: string;
  readonly teacher: Person;
  readonly pupil: Person;
}

/**
 * A meeting with two people in Chromium, whom the tests of a worker share: joining takes longer than most of what is tested. After a
 * failure Playwright starts a new worker, so no test inherits what another broke.
 */
export class Lesson {
  readonly #meetings: Meetings;
  readonly #parts: PersonParts;
  #people: Promise<People> | undefined;
  #media: Promise<void> | undefined;

  constructor(meetings: Meetings, parts: PersonParts) {
    this.#meetings = meetings;
    this.#parts = parts;
  }

  people(checks: Checks): Promise<People> {
    this.#people ??= this.#enter(checks);
    return this.#people;
  }

  /** Both with microphone. */
  async talking(checks: Checks): Promise<People> {
    const people = await this.people(checks);
    this.#media ??= checks.all([people.teacher.microphone(checks), people.pupil.microphone(checks)]);
    await this.#media;
    return people;
  }

  /** The next test begins with new people in a new meeting. */
  async over(): Promise<void> {
    const people = await this.#people?.catch(() => undefined);
    this.#people = undefined;
    this.#media = undefined;
    if (!people) return;
    await Promise.all([people.teacher.close(), people.pupil.close()]);
  }

  async #enter(checks: Checks): Promise<People> {
    const meetingId = await this.#meetings.create(checks, 'two people');
    const teacher = await Person.join(checks, this.#parts, { name: 'Teacher', role: 'MODERATOR', meetingId });
    const pupil = await Person.join(checks, this.#parts, { name: 'Pupil', role: 'VIEWER', meetingId });
    return { meetingId, teacher, pupil };
  }
}
