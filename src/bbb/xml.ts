import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import { HarnessError } from '../core/errors.js';

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
  // Named and numeric character references only; a document type, and with it entity expansion, is refused below.
  processEntities: true,
  htmlEntities: true,
  isArray: (_name, path) => LISTS.has(String(path).split('.').slice(-2).join('.')),
});

const builder = new XMLBuilder({ format: false, suppressEmptyNode: false, processEntities: true });

/**
 * Parses an answer of the BBB API. Throws TARGET_NOT_BBB when it is HTML, broken, has a document type, or its root is not
 * `response`. The caller bounds the size.
 */
export function parseResponse(text: string): XmlObject {
  const start = text.slice(0, 2_000).trimStart();
  if (/^<(!doctype\s+html|html)\b/i.test(start)) throw notBbb('it is an HTML page', 'is this the API URL? `bbb-conf --secret` prints it');
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw notBbb('it has a document type declaration, which BBB never sends');
  if (!start.startsWith('<')) throw notBbb(start === '' ? 'it is empty' : 'it is not XML');
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw notBbb(`it is broken XML (line ${valid.err.line}: ${valid.err.msg.slice(0, 120)})`);
  const document = parser.parse(text) as Record<string, unknown>;
  const root = document['response'];
  if (typeof root !== 'object' || root === null) throw notBbb('its root element is not <response>');
  return root as XmlObject;
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
