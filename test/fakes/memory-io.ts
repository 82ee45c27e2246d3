import { systemClock } from '../../src/core/clock.js';
import { packageRoot } from '../../src/core/paths.js';
import type { InterruptedBy, Io } from '../../src/cli/io.js';

export interface MemoryIo extends Io {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Presses Ctrl-C, or breaks the line to the terminal. */
  interrupt(by?: InterruptedBy): void;
}

/** The CLI's world in memory: no process, no terminal. */
export function memoryIo(differences: Partial<Pick<Io, 'clock' | 'env' | 'cwd' | 'columns'>> & { readonly answer?: string } = {}): MemoryIo {
  let stdout = '';
  let stderr = '';
  const handlers = new Set<(by: InterruptedBy) => void>();
  return {
    clock: differences.clock ?? systemClock,
    env: differences.env ?? {},
    hide: () => undefined,
    cwd: differences.cwd ?? packageRoot(),
    columns: differences.columns ?? 100,
    outIsTty: false,
    errIsTty: false,
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    onInterrupt: (handler) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    onInputEnd: () => undefined,
    ask: async (_question, signal) => {
      signal.throwIfAborted();
      return differences.answer;
    },
    exitNow: (code) => {
      stderr += `exit now ${code}`;
    },
    stdout: () => stdout,
    stderr: () => stderr,
    interrupt: (by = 'signal') => {
      for (const handler of handlers) handler(by);
    },
  };
}
