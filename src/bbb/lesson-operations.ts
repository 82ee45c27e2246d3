import { write, type Operation } from './operation.js';

/**
 * What the client of BBB 3.0 sends in a lesson beside chat and media. Not recorded: written after the field lists of
 * bbb-graphql-server/metadata/actions.graphql and the client's mutations.ts and queries.ts files, in the client's own style.
 * Fields that came to these selections in later 3.0 releases (`quiz`, `correctOption`) are left out: a server without them refuses
 * the whole operation.
 */
export const LESSON_OPERATIONS: readonly Operation[] = [
  write('mutation', 'SetReactionEmoji', 'userSetReactionEmoji', 'mutation SetReactionEmoji($reactionEmoji: String!) {\n  userSetReactionEmoji(reactionEmoji: $reactionEmoji)\n}'),
  write('mutation', 'SetMuted', 'meetingSetMuted', 'mutation SetMuted($muted: Boolean!, $exceptPresenter: Boolean!) {\n  meetingSetMuted(muted: $muted, exceptPresenter: $exceptPresenter)\n}'),
  write('mutation', 'PresentationSetPage', 'presentationSetPage', 'mutation PresentationSetPage($presentationId: String!, $pageId: String!) {\n  presentationSetPage(presentationId: $presentationId, pageId: $pageId)\n}'),
  // whiteboard
  write('query', 'Users', 'user', 'query Users {\n  user(where: {bot: {_eq: false}}) {\n    userId\n    __typename\n  }\n}'),
  write('mutation', 'PresentationSetWriters', 'presentationSetWriters', 'mutation PresentationSetWriters($pageId: String!, $usersIds: [String]!) {\n  presentationSetWriters(pageId: $pageId, usersIds: $usersIds)\n}'),
  write(
    'mutation',
    'PresentationPublishCursor',
    'presentationPublishCursor',
    'mutation PresentationPublishCursor($whiteboardId: String!, $xPercent: Float!, $yPercent: Float!) {\n  presentationPublishCursor(\n    whiteboardId: $whiteboardId\n    xPercent: $xPercent\n    yPercent: $yPercent\n  )\n}',
  ),
  write('mutation', 'PresAnnotationSubmit', 'presAnnotationSubmit', 'mutation PresAnnotationSubmit($pageId: String!, $annotations: json!) {\n  presAnnotationSubmit(pageId: $pageId, annotations: $annotations)\n}'),
  // poll
  write(
    'mutation',
    'PollCreate',
    'pollCreate',
    'mutation PollCreate($pollType: String!, $pollId: String!, $secretPoll: Boolean!, $question: String!, $multipleResponse: Boolean!, $quiz: Boolean!, $answers: [String]!, $correctAnswer: String) {\n  pollCreate(\n    pollType: $pollType\n    pollId: $pollId\n    secretPoll: $secretPoll\n    question: $question\n    multipleResponse: $multipleResponse\n    quiz: $quiz\n    answers: $answers\n    correctAnswer: $correctAnswer\n  )\n}',
  ),
  write('mutation', 'PollSubmitVote', 'pollSubmitUserVote', 'mutation PollSubmitVote($pollId: String!, $answerIds: [Int]!) {\n  pollSubmitUserVote(pollId: $pollId, answerIds: $answerIds)\n}'),
  write('mutation', 'PollPublishResult', 'pollPublishResult', 'mutation PollPublishResult($pollId: String!, $showAnswer: Boolean) {\n  pollPublishResult(pollId: $pollId, showAnswer: $showAnswer)\n}'),
  write(
    'subscription',
    'hasPendingPoll',
    'meeting',
    'subscription hasPendingPoll($userId: String!) {\n  meeting {\n    polls(\n      where: {ended: {_eq: false}, users: {responded: {_eq: false}, userId: {_eq: $userId}}, userCurrent: {responded: {_eq: false}}}\n    ) {\n      users {\n        responded\n        userId\n        __typename\n      }\n      options(order_by: {optionId: asc}) {\n        optionDesc\n        optionId\n        pollId\n        __typename\n      }\n      multipleResponses\n      pollId\n      questionText\n      secret\n      type\n      __typename\n    }\n    __typename\n  }\n}',
  ),
  write(
    'subscription',
    'getCurrentPollData',
    'poll',
    'subscription getCurrentPollData {\n  poll(order_by: {createdAt: desc}, limit: 1) {\n    pollId\n    published\n    secret\n    questionText\n    ended\n    multipleResponses\n    type\n    users {\n      user {\n        name\n        userId\n        __typename\n      }\n      optionDescIds\n      __typename\n    }\n    responses(order_by: {optionId: asc}) {\n      optionResponsesCount\n      optionDesc\n      pollResponsesCount\n      __typename\n    }\n    users_aggregate {\n      aggregate {\n        count\n        __typename\n      }\n      __typename\n    }\n    __typename\n  }\n}',
  ),
  // breakout rooms
  write(
    'query',
    'getUser',
    'user',
    'query getUser {\n  user(\n    where: {bot: {_eq: false}}\n    order_by: [{presenter: desc}, {role: asc}, {isDialIn: desc}, {whiteboardWriteAccess: desc}, {nameSortable: asc}, {registeredAt: asc}, {userId: asc}]\n  ) {\n    extId\n    userId\n    name\n    isModerator\n    __typename\n  }\n}',
  ),
  write(
    'mutation',
    'BreakoutRoomCreate',
    'breakoutRoomCreate',
    'mutation BreakoutRoomCreate($record: Boolean!, $captureNotes: Boolean!, $captureSlides: Boolean!, $durationInMinutes: Int!, $sendInviteToModerators: Boolean!, $rooms: [BreakoutRoom]!) {\n  breakoutRoomCreate(\n    record: $record\n    captureNotes: $captureNotes\n    captureSlides: $captureSlides\n    durationInMinutes: $durationInMinutes\n    sendInviteToModerators: $sendInviteToModerators\n    rooms: $rooms\n  )\n}',
  ),
  write('mutation', 'BreakoutRoomRequestJoinUrl', 'breakoutRoomRequestJoinUrl', 'mutation BreakoutRoomRequestJoinUrl($breakoutRoomId: String!) {\n  breakoutRoomRequestJoinUrl(breakoutRoomId: $breakoutRoomId)\n}'),
  // The client's own has no name; we name an operation in every frame, and Hasura wants the two to agree.
  write('mutation', 'BreakoutRoomEndAll', 'breakoutRoomEndAll', 'mutation BreakoutRoomEndAll {\n  breakoutRoomEndAll\n}'),
  write(
    'subscription',
    'Patched_getBreakoutData',
    'breakoutRoom',
    'subscription Patched_getBreakoutData {\n  breakoutRoom(order_by: {sequence: asc}) {\n    shortName\n    sequence\n    showInvitation\n    isLastAssignedRoom\n    joinURL\n    breakoutRoomId\n    isDefaultName\n    isUserCurrentlyInRoom\n    participants(order_by: {userId: asc}) {\n      userId\n      isAudioOnly\n      user {\n        name\n        nameSortable\n        __typename\n      }\n      __typename\n    }\n    __typename\n  }\n}',
  ),
];
