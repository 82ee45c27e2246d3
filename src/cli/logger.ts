import type { Logger, LogLevel } from '../core/log.js';
import { redact } from '../core/redact.js';
import type { Io } from './io.js';

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Prints to stderr what is at least `least`, redacted. */
export function cliLogger(io: Io, least: LogLevel, secrets: readonly string[] = []): Logger {
  return {
    log: (level, message) => {
      if (ORDER[level] >= ORDER[least]) io.err(`${level}: ${redact(message, secrets)}\n`);
    },
  };
}
