import { sleep } from '../core/clock.js';
import { asPresenter, type ActionParts } from './action-parts.js';
import type { ClientPage } from './client-page.js';

/** A teacher publishes when everybody has answered, or after this time. */
const OPEN_MS = 15_000;
const TYPE = 'YN';

/** Asks yes or no, and later publishes what was answered. Resolves when the meeting has the poll. */
export async function startPoll(parts: ActionParts, signal: AbortSignal): Promise<void> {
  const { page, clock } = parts;
  const { view, waits } = page;
  await asPresenter(parts, 'start a poll', signal);
  // Named as the client names them: type and time.
  const pollId = `${TYPE}/${Math.round(clock.wallMs())}`;
  await waits.until(page.mutate('PollCreate', { pollType: TYPE, pollId, secretPoll: false, question: 'Firstbell: can you hear me?', multipleResponse: false, quiz: false, answers: ['Yes', 'No'], correctAnswer: null }), signal);
  page.subscribe('getCurrentPollData', {});
  await waits.seen(() => view.runningPoll?.pollId === pollId, signal);
  parts.later(publish(parts, pollId));
}

async function publish({ page, clock }: ActionParts, pollId: string): Promise<void> {
  const { view, waits, signal } = page;
  const everybody = waits.seen(() => (view.runningPoll?.votes ?? 0) >= Math.max(1, (view.members ?? Number.POSITIVE_INFINITY) - 1), signal);
  await Promise.race([everybody, sleep(clock, OPEN_MS, signal)]);
  await page.mutate('PollPublishResult', { pollId, showAnswer: true });
  page.unsubscribe('getCurrentPollData');
}

/** Answers the poll that is asked, or the next one; resolves when the client no longer asks. */
export async function vote({ page, seq }: ActionParts, signal: AbortSignal): Promise<void> {
  const { view, waits } = page;
  await waits.seen(() => view.pendingPoll !== undefined, signal);
  const { pollId, optionIds } = view.pendingPoll!;
  await waits.until(page.mutate('PollSubmitVote', { pollId, answerIds: [optionIds[seq % optionIds.length]] }), signal);
  await waits.seen(() => view.pendingPoll?.pollId !== pollId, signal);
}

/** Every client asks for the poll that waits for its answer, as long as the meeting has one. */
export class PollWatch {
  readonly #page: Pick<ClientPage, 'view' | 'subscribe' | 'unsubscribe'>;
  #watching = false;

  constructor(page: Pick<ClientPage, 'view' | 'subscribe' | 'unsubscribe'>) {
    this.#page = page;
  }

  /** After each change of what the page shows. */
  follow(): void {
    const { view } = this.#page;
    if (view.hasPoll === this.#watching || view.userId === '') return;
    this.#watching = view.hasPoll;
    if (this.#watching) this.#page.subscribe('hasPendingPoll', { userId: view.userId });
    else this.#page.unsubscribe('hasPendingPoll');
  }
}
