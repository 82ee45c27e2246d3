/** What was seen of a client's sockets. Contains credentials: never written to a file as it is. */
export interface WireFrame {
  readonly dir: 'sent' | 'received';
  /** Since the beginning of the recording. */
  readonly atMs: number;
  readonly text: string;
}

/** One client's conversation, from its first socket on. */
export interface WireRecording {
  readonly graphql: readonly WireFrame[];
  readonly sfu: readonly WireFrame[];
  /** What was sent until then is the join; what came later are steps. */
  readonly joinedMs: number;
}
