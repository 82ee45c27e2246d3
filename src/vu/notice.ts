/** What one user does that others are shown: the things whose way from user to user is measured. */
export const NOTICE_KINDS = ['chat', 'hand', 'slide', 'poll', 'draw'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What an attendee reports of what it is shown. */
export type Sight =
  /** From now on the user is shown things of this kind, or not any more. */
  | { readonly is: 'watching'; readonly kind: NoticeKind; readonly on: boolean }
  /** The connection over which the user is shown things is there, or away for a while: what came meanwhile may never be shown. */
  | { readonly is: 'connected'; readonly on: boolean }
  /** Shown for the first time. `key`: of a chat message or a stroke its mark, of a hand the name; slides and polls have none, they come in order. */
  | { readonly is: 'seen'; readonly kind: NoticeKind; readonly key: string; /** How long ago, ms; default 0. */ readonly agoMs?: number };

/** Who wrote a message, and when it was due. Stands at the end of the text, so that any receiver of any worker can tell. */
export interface ChatMark {
  readonly seq: number;
  /** Unix time, ms. */
  readonly wallMs: number;
}

/** The mark at the end of a text; also used inside pages. */
export const MARK_PATTERN = '#([0-9a-z]{1,7})-([0-9a-z]{8,9})\\s*$';
const MARK = new RegExp(MARK_PATTERN);

/** ` #4c-mibk2w9q`: short, harmless in Markdown, and still a text that a person may read. */
export function markText({ seq, wallMs }: ChatMark): string {
  return `#${seq.toString(36)}-${Math.round(wallMs).toString(36)}`;
}

/** The mark of a message; undefined: it is not ours. */
export function readMark(text: string): ChatMark | undefined {
  const match = MARK.exec(text);
  return match ? { seq: Number.parseInt(match[1]!, 36), wallMs: Number.parseInt(match[2]!, 36) } : undefined;
}
