/** A poll as the presenter put it. */
export interface SimPoll {
  readonly pollId: string;
  readonly type: string;
  readonly question: string;
  readonly secret: boolean;
  readonly multiple: boolean;
  readonly options: readonly { readonly optionId: number; readonly optionDesc: string }[];
  /** Users and the options that they chose. */
  readonly votes: Map<string, readonly number[]>;
  readonly createdMs: number;
  /** Who asked does not answer. */
  readonly askedBy: string;
  ended: boolean;
  published: boolean;
}

const MAX_TEXT = 300;
const MAX_OPTIONS = 50;

/** Types with answers of their own (bbb-common-message PollsModels): letters, and the ready-made ones. */
const READY: Readonly<Record<string, readonly string[]>> = { YN: ['Yes', 'No'], YNA: ['Yes', 'No', 'Abstention'], TF: ['True', 'False'] };
const LETTERS = /^A-([2-5])$/;

/** A poll from the arguments of `pollCreate`; undefined: the server would refuse it. Typed answers (`R-`) are not simulated. */
export function pollOf(args: Readonly<Record<string, unknown>>, askedBy: string, nowWallMs: number): SimPoll | undefined {
  const { pollId, pollType, question, secretPoll, multipleResponse, answers } = args;
  if (typeof pollId !== 'string' || pollId === '' || typeof pollType !== 'string' || typeof question !== 'string') return undefined;
  const texts = answersOf(pollType, answers);
  if (!texts) return undefined;
  return {
    pollId: pollId.slice(0, MAX_TEXT),
    type: pollType,
    question: question.slice(0, MAX_TEXT),
    secret: secretPoll === true,
    multiple: multipleResponse === true,
    options: texts.map((optionDesc, optionId) => ({ optionId, optionDesc })),
    votes: new Map(),
    createdMs: nowWallMs,
    askedBy,
    ended: false,
    published: false,
  };
}

function answersOf(pollType: string, written: unknown): readonly string[] | undefined {
  const letters = LETTERS.exec(pollType);
  if (letters) return [...'ABCDE'].slice(0, Number(letters[1]));
  if (pollType !== 'CUSTOM') return READY[pollType];
  const texts = Array.isArray(written) ? written.filter((text): text is string => typeof text === 'string' && text !== '') : [];
  return texts.length < 2 ? undefined : texts.slice(0, MAX_OPTIONS).map((text) => text.slice(0, MAX_TEXT));
}

/** Takes a vote; false: the poll is over, the user has answered, or there is no such option. */
export function vote(poll: SimPoll, userId: string, answerIds: unknown): boolean {
  if (poll.ended || poll.votes.has(userId) || !Array.isArray(answerIds) || answerIds.length === 0) return false;
  if (!poll.multiple && answerIds.length > 1) return false;
  const chosen = answerIds.filter((id): id is number => poll.options.some(({ optionId }) => optionId === id));
  if (chosen.length !== answerIds.length) return false;
  poll.votes.set(userId, chosen);
  return true;
}

/** Votes for each option, in order. */
export function countsOf({ options, votes }: SimPoll): readonly { readonly optionDesc: string; readonly count: number }[] {
  return options.map(({ optionId, optionDesc }) => ({ optionDesc, count: [...votes.values()].filter((chosen) => chosen.includes(optionId)).length }));
}
