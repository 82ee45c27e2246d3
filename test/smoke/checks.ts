import { test, type TestInfo } from '@playwright/test';
import { redact } from '../../src/core/redact.js';
import { noteOf, PARTS, partOf, wordsOf, type CheckState, type PartId } from './parts.js';

/** What one test found out about parts; written into the test's annotations, from which the summary is made. */
export class Checks {
  readonly #info: TestInfo;
  readonly #secrets: readonly string[];
  readonly #open = new Set<{ readonly part: PartId; readonly what: string }>();

  constructor(info: TestInfo, secrets: readonly string[]) {
    this.#info = info;
    this.#secrets = secrets;
  }

  /**
   * Looks at a part; `what` says what must hold, e.g. "the pupil hears the teacher". `diagnose` may find a better culprit for a failure.
   * Rejects with an error that names the broken part, in words, with a hint.
   */
  async look<T>(part: PartId, what: string, work: () => Promise<T>, diagnose: (error: unknown) => Promise<unknown> = async (error) => error): Promise<T> {
    return test.step(
      `${PARTS[part].title}: ${what}`,
      async () => {
        const open = { part, what };
        this.#open.add(open);
        try {
          const result = await work();
          this.#note('ok', part, what);
          return result;
        } catch (error) {
          throw this.#broken(part, what, await diagnose(error).catch(() => error));
        } finally {
          this.#open.delete(open);
        }
      },
      { box: true },
    );
  }

  /** Several at the same time; rejects with the first failure after all have ended, so that each is told. */
  async all(looks: readonly Promise<unknown>[]): Promise<void> {
    const failed = (await Promise.allSettled(looks)).find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** The target has no such thing: the test ends as skipped, not as passed. */
  notOffered(part: PartId, why: string): never {
    this.#note('not offered', part, why);
    test.skip(true, `not offered: ${why}`);
    throw new Error('skipped');
  }

  /** Says so without ending the test. */
  absent(part: PartId, why: string): void {
    this.#note('not offered', part, why);
  }

  changed(part: PartId, what: string): void {
    this.#note('changed', part, what);
  }

  /** To be called when the test is over: what was still being looked at did not end. */
  finish(): void {
    for (const { part, what } of this.#open) this.#note('broken', part, `${what}: not within the limit of the test`);
  }

  #broken(part: PartId, what: string, error: unknown): Error {
    const culprit = partOf(error, part);
    const { reason, hint } = wordsOf(error);
    const words = redact(`${what}: ${reason}`, this.#secrets);
    this.#note('broken', culprit, hint === undefined ? words : `${words} (${redact(hint, this.#secrets)})`);
    return new Error(`${PARTS[culprit].title} is broken. ${words}\n${hint === undefined ? '' : `Hint: ${redact(hint, this.#secrets)}\n`}Look at: ${PARTS[culprit].look}`);
  }

  #note(state: CheckState, part: PartId, what: string): void {
    this.#info.annotations.push(noteOf(state, part, what));
  }
}
