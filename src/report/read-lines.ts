import { createReadStream } from 'node:fs';

export interface LineLimits {
  /** Longer lines are skipped and yielded as undefined. */
  readonly maxLineChars: number;
  /** Reading ends with `onTooLong()` beyond. */
  readonly maxBytes: number;
  readonly onTooLong: () => Error;
}

/**
 * Lines of a UTF-8 file with bounded memory; empty lines are left out. A last line without newline is yielded too: whether a kill
 * has torn it shows when it is parsed. Yields undefined for a line that is too long.
 */
export async function* readLines(path: string, limits: LineLimits): AsyncGenerator<string | undefined> {
  let rest = '';
  let skipping = false;
  let bytes = 0;
  const stream = createReadStream(path, { highWaterMark: 256 * 1024 });
  const decoder = new TextDecoder();
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.maxBytes) throw limits.onTooLong();
    const parts = decoder.decode(chunk, { stream: true }).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      const line = rest + part;
      rest = '';
      if (skipping || line.length > limits.maxLineChars) yield undefined;
      else if (line.trim() !== '') yield line;
      skipping = false;
    }
    if (!skipping) rest += last;
    if (rest.length > limits.maxLineChars) {
      skipping = true;
      rest = '';
    }
  }
  if (skipping) yield undefined;
  else if (rest.trim() !== '') yield rest;
}
