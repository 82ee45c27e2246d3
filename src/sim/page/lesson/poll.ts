import { button, el, setText, show } from '../dom.js';
import type { LessonParts } from './parts.js';

interface PollRow {
  readonly pollId: string;
  readonly questionText: string;
  readonly ended: boolean;
  readonly published: boolean;
  readonly options?: readonly { readonly optionId: number; readonly optionDesc: string }[];
  readonly responses?: readonly { readonly optionDesc: string; readonly optionResponsesCount: number }[];
  readonly users_aggregate?: { readonly aggregate: { readonly count: number } };
}

const TYPE = 'YNA';
const QUESTION = 'Firstbell: can you hear me?';

/** The presenter's panel and everybody's question: yes, no, abstention. */
export class Poll {
  readonly panel: HTMLElement;
  /** Asks who has not answered. */
  readonly question = el('aside', { test: 'pollingContainer', class: 'poll asked', label: 'Poll', hidden: true });
  readonly #parts: LessonParts;
  readonly #start: HTMLElement;
  readonly #publish: HTMLElement;
  readonly #votes = el('table', {});
  #running: string | undefined;
  #asked = '';
  #watching = false;

  constructor(parts: LessonParts) {
    this.#parts = parts;
    const kind = button('pollYesNoAbstentionBtn', 'Yes / No / Abstention', () => show(this.#start, this.#running === undefined));
    this.#start = button('startPoll', 'Start poll', () => this.#create());
    this.#publish = button('publishPollingLabel', 'Publish results', () => this.#publishResult());
    this.#start.classList.add('primary');
    this.#publish.classList.add('primary');
    this.panel = el('section', { class: 'panel', label: 'Poll', hidden: true }, el('h2', {}, 'Poll'), el('p', {}, QUESTION), kind, this.#start, this.#votes, this.#publish);
    show(this.#start, false);
    show(this.#publish, false);
  }

  toggle(): void {
    show(this.panel, this.panel.hidden);
  }

  /** The meeting has a poll under way, or none. */
  follow(hasPoll: boolean): void {
    if (hasPoll === this.#watching) return;
    this.#watching = hasPoll;
    const { graphql, me } = this.#parts;
    if (!hasPoll) {
      graphql.complete('hasPendingPoll');
      this.#ask(undefined);
      return;
    }
    graphql.subscribe('hasPendingPoll', { userId: me().userId }, (rows) => this.#ask((rows as { polls: readonly PollRow[] }[])[0]?.polls[0]));
  }

  #create(): void {
    const pollId = `${TYPE}/${Date.now()}`;
    const { graphql, mutate } = this.#parts;
    void mutate('PollCreate', { pollType: TYPE, pollId, secretPoll: false, question: QUESTION, multipleResponse: false, quiz: false, answers: ['Yes', 'No', 'Abstention'], correctAnswer: null });
    show(this.#start, false);
    graphql.subscribe('getCurrentPollData', {}, (rows) => this.#results((rows as PollRow[])[0]));
  }

  #results(row: PollRow | undefined): void {
    if (!row) return;
    const running = !row.ended && !row.published;
    this.#running = running ? row.pollId : undefined;
    show(this.#publish, running);
    this.#votes.replaceChildren(...(row.responses ?? []).map(({ optionDesc, optionResponsesCount }) => el('tr', {}, el('td', {}, optionDesc), el('td', { test: 'userVoteLiveResult' }, String(optionResponsesCount)))));
  }

  #publishResult(): void {
    const { graphql, mutate } = this.#parts;
    if (this.#running === undefined) return;
    void mutate('PollPublishResult', { pollId: this.#running, showAnswer: true });
    graphql.complete('getCurrentPollData');
    this.#running = undefined;
    show(this.#publish, false);
    show(this.panel, false);
  }

  #ask(row: PollRow | undefined): void {
    show(this.question, row !== undefined);
    if (!row || row.pollId === this.#asked) return;
    this.#asked = row.pollId;
    const answers = (row.options ?? []).map(({ optionId, optionDesc }) => button('pollAnswerOption', optionDesc, () => void this.#parts.mutate('PollSubmitVote', { pollId: row.pollId, answerIds: [optionId] })));
    const words = el('p', { test: 'pollQuestion' });
    setText(words, row.questionText);
    this.question.replaceChildren(words, el('div', { class: 'answers' }, ...answers));
  }
}
