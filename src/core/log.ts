export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where modules say what a person running Firstbell may want to know. The CLI prints it redacted to stderr. */
export interface Logger {
  log(level: LogLevel, message: string): void;
}

export const silentLogger: Logger = { log: () => undefined };
