/** Set of users as bits, base64: small enough for one message however many users there are. */
export function bitsOf(seqs: Iterable<number>): string {
  const all = [...seqs];
  const bytes = Buffer.alloc(Math.floor(all.reduce((most, seq) => Math.max(most, seq), 0) / 8) + 1);
  for (const seq of all) bytes[seq >> 3]! |= 1 << (seq & 7);
  return bytes.toString('base64');
}

export function hasBit(text: string): (seq: number) => boolean {
  const bytes = Buffer.from(text, 'base64');
  return (seq) => ((bytes[seq >> 3] ?? 0) & (1 << (seq & 7))) !== 0;
}
