import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import { HarnessError, messageOf } from '../core/errors.js';

/** A parsed element: text, or children by name. Numbers stay text (`00123` is an id, not 123). */
export type XmlValue = string | XmlObject | readonly XmlValue[];
export interface XmlObject {
  readonly [name: string]: XmlValue | undefined;
}

/** Elements that repeat: always arrays, also when there is one. */
const LISTS: ReadonlySet<string> = new Set(['meetings.meeting', 'attendees.attendee', 'breakoutRooms.breakout', 'recordings.recording', 'errors.error']);

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: true,
  // Named and (for whatever reason under this name) numeric references; a document type, and with it other entities, is refused below.
  processEntities: true,
  htmlEntities: true,
  // Six thousand attendees take 200 ms to parse and nobody asks for them in getMeetings, which has the counts: they stay text.
  stopNodes: ['response.meetings.meeting.attendees'],
  isArray: (_name, path) => LISTS.has(String(path).split('.').slice(-2).join('.')),
});

const builder = new XMLBuilder({ format: false, suppressEmptyNode: false, processEntities: true });

/** Longest text that is parsed, characters: what the HTTP client lets through by default. */
const MAX_CHARS = 8 * 1024 * 1024;

/** What may hold any text: a document type declaration in there is a meeting's name, not one. */
const OPAQUE = /<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->/g;

/**
 * Parses an answer of the BBB API. Throws TARGET_NOT_BBB when it is HTML, broken, has a document type (and with it maybe an entity
 * bomb), or its root is not `response`; TARGET_ANSWER_TOO_LARGE above `maxChars`.
 */
export function parseResponse(text: string, maxChars = MAX_CHARS): XmlObject {
  if (text.length > maxChars) throw new HarnessError('TARGET_ANSWER_TOO_LARGE', `the answer has more than ${maxChars} characters`);
  const start = text.slice(0, 2_000).trimStart();
  if (/^(<\?xml[^>]*>\s*)?<(!doctype\s+html|html)\b/i.test(start)) throw notBbb('it is an HTML page', 'is this the API URL? `bbb-conf --secret` prints it');
  if (!start.startsWith('<')) throw notBbb(start === '' ? 'it is empty' : 'it is not XML');
  if (/<!(DOCTYPE|ENTITY)/i.test(text.replace(OPAQUE, ''))) throw notBbb('it has a document type declaration, which BBB never sends');
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw notBbb(`it is broken XML (line ${valid.err.line}: ${serverText(valid.err.msg)})`);
  const root = rootOf(text)['response'];
  if (typeof root !== 'object' || root === null || Array.isArray(root)) throw notBbb('its root element is not <response>');
  return root as XmlObject;
}

function rootOf(text: string): Record<string, unknown> {
  try {
    return parser.parse(text) as Record<string, unknown>;
  } catch (error) {
    // E.g. nesting or entities beyond the parser's own limits.
    throw notBbb(`it cannot be read as XML (${serverText(messageOf(error))})`);
  }
}

/** The library quotes the text that it stumbles over. */
function serverText(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 120);
}

/** `<response>…</response>` with the given children in their order; arrays repeat their element. */
export function buildResponse(children: Readonly<Record<string, unknown>>): string {
  return builder.build({ response: children }) as string;
}

/** Text of a child; '' when it is empty or missing. */
export function textOf(parent: XmlObject | undefined, name: string): string {
  const value = parent?.[name];
  return typeof value === 'string' ? value : '';
}

export function childOf(parent: XmlObject | undefined, name: string): XmlObject | undefined {
  const value = parent?.[name];
  return typeof value === 'object' && !Array.isArray(value) ? (value as XmlObject) : undefined;
}

export function listOf(parent: XmlObject | undefined, name: string): readonly XmlObject[] {
  const value = parent?.[name];
  return Array.isArray(value) ? value.filter((item): item is XmlObject => typeof item === 'object' && item !== null) : [];
}

function notBbb(what: string, hint?: string): HarnessError {
  return new HarnessError('TARGET_NOT_BBB', `the answer is not one of the BigBlueButton API: ${what}`, hint === undefined ? {} : { hint });
}
