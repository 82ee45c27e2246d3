import type { GraphqlClient } from '../graphql-client.js';
import type { Modals } from '../modals.js';
import type { CurrentUserRow } from '../rows.js';

/** What the things of a lesson need of the client. */
export interface LessonParts {
  readonly graphql: Pick<GraphqlClient, 'request' | 'subscribe' | 'complete'>;
  readonly modals: Modals;
  /** The server is of the 4.0 line. */
  readonly four: boolean;
  readonly mutate: (name: string, variables: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly me: () => CurrentUserRow;
  readonly say: (text: string) => void;
  /** Before a page of its own is opened for a breakout room. */
  readonly leaveAudio: () => void;
}
