import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { TestResult, TestStep } from '@playwright/test/reporter';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { redact } from '../../src/core/redact.js';

/** Values that open a session, wherever a trace names them first; they are then blanked out everywhere in it. */
const SESSION_VALUES = [/sessionToken(?:=|%3D|\\*":\\*")([A-Za-z0-9_-]{8,128})/gi, /x-session-token\\*",\\*"value\\*":\\*"([A-Za-z0-9_-]{8,128})/gi, /JSESSIONID(?:=|\\*",\\*"value\\*":\\*")([A-Za-z0-9_.!-]{8,128})/gi];
/** Scripts, styles and pictures are the same for everybody. */
const NO_TEXT = /\.(?:m?js|css|ts|png|jpe?g|svg|webp|ico|ttf|woff2?|wasm)$/i;
const NUL = 0;

/**
 * Takes credentials out of what reports will show of a result: errors, step titles, attachments and the trace. Reporters share the
 * result object and read it after the first of them, which is ours.
 */
export function redactResult(result: TestResult, secrets: readonly string[]): void {
  for (const error of result.errors) redactError(error, secrets);
  if (result.error) redactError(result.error, secrets);
  for (const step of result.steps) redactStep(step, secrets);
  for (const attachment of result.attachments) {
    if (attachment.body && attachment.contentType.startsWith('text/')) attachment.body = Buffer.from(redact(attachment.body.toString('utf8'), secrets));
    if (attachment.path === undefined || !existsSync(attachment.path)) continue;
    if (attachment.contentType === 'application/zip') writeFileSync(attachment.path, redactTrace(readFileSync(attachment.path), secrets));
    else if (attachment.contentType.startsWith('text/')) writeFileSync(attachment.path, redact(readFileSync(attachment.path, 'utf8'), secrets));
  }
}

/** A trace without session tokens, cookies, TURN passwords and the given secrets. Throws for what is no zip. */
export function redactTrace(zip: Uint8Array, secrets: readonly string[]): Uint8Array {
  const entries = unzipSync(zip);
  const texts = new Map(Object.entries(entries).flatMap(([name, bytes]): [string, string][] => (NO_TEXT.test(name) || bytes.includes(NUL) ? [] : [[name, strFromU8(bytes)]])));
  const values = new Set(secrets);
  for (const text of texts.values()) for (const pattern of SESSION_VALUES) for (const match of text.matchAll(pattern)) values.add(match[1]!);
  for (const [name, text] of texts) entries[name] = strToU8(redact(text, [...values]));
  return zipSync(entries, { level: 6 });
}

interface ErrorTexts {
  message?: string;
  stack?: string;
  snippet?: string;
  value?: string;
  cause?: ErrorTexts;
}

function redactError(error: ErrorTexts, secrets: readonly string[]): void {
  for (const field of ['message', 'stack', 'snippet', 'value'] as const) {
    const text = error[field];
    if (text !== undefined) error[field] = redact(text, secrets);
  }
  if (error.cause) redactError(error.cause, secrets);
}

/** Titles and whatever other texts a step has: the address of a navigation is one of them. */
function redactStep(step: TestStep, secrets: readonly string[]): void {
  const fields = step as unknown as Record<string, unknown>;
  for (const [name, text] of Object.entries(fields)) {
    if (typeof text !== 'string') continue;
    const clean = redact(text, secrets);
    if (clean !== text) fields[name] = clean;
  }
  if (step.error) redactError(step.error, secrets);
  for (const inner of step.steps) redactStep(inner, secrets);
}
