import type { GraphqlClient } from './graphql-client.js';
import { Chat } from './panels.js';
import type { ChatRow, MessageRow } from './rows.js';

const PUBLIC_CHAT = 'MAIN-PUBLIC-GROUP-CHAT';

/** The chat of the whole meeting: its messages are asked for when it is opened. */
export function publicChat(graphql: GraphqlClient, four: boolean, mutate: (name: string, variables: Readonly<Record<string, unknown>>) => Promise<void>): Chat {
  const seen = (): Promise<void> => mutate('UpdateChatLastSeen', { chatId: PUBLIC_CHAT, lastSeenAt: new Date().toISOString() });
  const open = async (): Promise<void> => {
    await graphql.request('GetChatData', { chatId: PUBLIC_CHAT }).catch(() => undefined);
    graphql.subscribe('IsTyping', {}, (rows) => chat.typing((rows as { user: { name: string } }[]).map(({ user }) => user.name)));
    graphql.subscribe('chatMessages', { offset: 0, limit: 50 }, (rows) => chat.update(rows as MessageRow[]));
    await seen();
  };
  const chat: Chat = new Chat(four, {
    opened: () => void open(),
    send: (text) => {
      void mutate('ChatSendMessage', { chatId: PUBLIC_CHAT, chatMessageInMarkdownFormat: text, replyToMessageId: null });
      void seen();
    },
    typing: () => void mutate('ChatSetTyping', { chatId: PUBLIC_CHAT }),
  });
  return chat;
}

export function unreadIn(rows: readonly ChatRow[]): number {
  return rows.find(({ chatId }) => chatId === PUBLIC_CHAT)?.totalUnread ?? 0;
}
