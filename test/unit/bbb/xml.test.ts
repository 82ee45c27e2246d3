import { describe, expect, it } from 'vitest';
import { buildResponse, childOf, listOf, parseResponse, textOf } from '../../../src/bbb/xml.js';

const response = (inside: string): string => `<response>${inside}</response>`;

describe('parseResponse', () => {
  it('keeps numbers as the text they are', () => {
    expect(parseResponse(response('<voiceBridge>00123</voiceBridge><big>12345678901234567890</big><yes>true</yes>'))).toEqual({ voiceBridge: '00123', big: '12345678901234567890', yes: 'true' });
  });

  it('makes an array of one meeting and of two', () => {
    const meetings = (inside: string): unknown => listOf(childOf(parseResponse(response(`<meetings>${inside}</meetings>`)), 'meetings'), 'meeting');
    expect(meetings('')).toEqual([]);
    expect(meetings('<meeting><meetingID>a</meetingID></meeting>')).toEqual([{ meetingID: 'a' }]);
    expect(meetings('<meeting><meetingID>a</meetingID></meeting><meeting><meetingID>b</meetingID></meeting>')).toEqual([{ meetingID: 'a' }, { meetingID: 'b' }]);
  });

  it('makes an array of one attendee of getMeetingInfo', () => {
    expect(listOf(childOf(parseResponse(response('<attendees><attendee><userID>w_1</userID></attendee></attendees>')), 'attendees'), 'attendee')).toEqual([{ userID: 'w_1' }]);
  });

  it('leaves the attendees of getMeetings unparsed', () => {
    const [meeting] = listOf(childOf(parseResponse(response('<meetings><meeting><a>1</a><attendees><attendee><userID>w_1</userID></attendee></attendees><b>2</b></meeting></meetings>')), 'meetings'), 'meeting');
    expect(meeting).toEqual({ a: '1', attendees: '<attendee><userID>w_1</userID></attendee>', b: '2' });
    expect(listOf(childOf(meeting, 'attendees'), 'attendee')).toEqual([]);
  });

  it('reads references, CDATA, empty elements and a declaration; attributes are of no interest', () => {
    const text = '<?xml version="1.0" encoding="UTF-8"?>\n<response lang="x"><a>&lt;8b&gt; &amp; &#39;&#x41;&#228;</a><b><![CDATA[1 < 2 & <!DOCTYPE x>]]></b><c/><d></d></response>';
    expect(parseResponse(text)).toEqual({ a: "<8b> & 'Aä", b: '1 < 2 & <!DOCTYPE x>', c: '', d: '' });
  });

  it.each([
    ['an HTML page', '<!DOCTYPE html><html><body>Welcome to nginx!</body></html>', 'HTML page'],
    ['an XHTML page', '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html></html>', 'HTML page'],
    ['nothing', '', 'empty'],
    ['blanks', ' \n ', 'empty'],
    ['plain text', 'Internal Server Error', 'not XML'],
    ['JSON', '{"response":{}}', 'not XML'],
    ['an element that is not closed', '<response><a>1</response>', 'broken XML (line 1'],
    ['text that ends early', '<response><returncode>SUCC', 'broken XML'],
    ['another root', '<error>no</error>', 'root element'],
    ['two roots', '<response><a/></response><response><a/></response>', 'TARGET_NOT_BBB'],
    ['a root without elements', '<response>yes</response>', 'root element'],
    ['an empty root', '<response/>', 'root element'],
  ])('refuses %s', (_what, text, words) => {
    const error = thrownBy(() => parseResponse(text));
    expect(error).toMatchObject({ code: 'TARGET_NOT_BBB' });
    if (words !== 'TARGET_NOT_BBB') expect(error).toMatchObject({ message: expect.stringContaining(words) });
  });

  it('refuses an entity bomb before it expands', () => {
    const bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>';
    expect(thrownBy(() => parseResponse(`<?xml version="1.0"?>${bomb}${response('<m>&c;</m>')}`))).toMatchObject({ code: 'TARGET_NOT_BBB', message: expect.stringContaining('document type') });
    expect(thrownBy(() => parseResponse(response(`${bomb}<m>&c;</m>`)))).toMatchObject({ code: 'TARGET_NOT_BBB' });
  });

  it('refuses elements nested beyond reason', () => {
    expect(thrownBy(() => parseResponse(response('<a>'.repeat(20_000) + '</a>'.repeat(20_000))))).toMatchObject({ code: 'TARGET_NOT_BBB' });
  });

  it('does not let an element reach the prototype', () => {
    expect(thrownBy(() => parseResponse(response('<__proto__><polluted>1</polluted></__proto__>')))).toMatchObject({ code: 'TARGET_NOT_BBB' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('refuses more than it was told to read', () => {
    expect(thrownBy(() => parseResponse(response('<a>12345</a>'), 20))).toMatchObject({ code: 'TARGET_ANSWER_TOO_LARGE' });
  });

  it('puts what broke the XML on one line without control characters', () => {
    expect(thrownBy(() => parseResponse('<response><a\u001b[31m>\n</response>'))).toMatchObject({ message: expect.not.stringMatching(/[\n\u001b]/) });
  });
});

describe('buildResponse', () => {
  it('keeps the order, repeats arrays, escapes, and leaves undefined out', () => {
    expect(buildResponse({ returncode: 'SUCCESS', meetingName: 'A <b> & "c"', none: undefined, createTime: 17, running: false, messageKey: '', meetings: { meeting: [{ id: '1' }, { id: '2' }] } })).toBe(
      '<response><returncode>SUCCESS</returncode><meetingName>A &lt;b&gt; &amp; &quot;c&quot;</meetingName><createTime>17</createTime><running>false</running><messageKey></messageKey><meetings><meeting><id>1</id></meeting><meeting><id>2</id></meeting></meetings></response>',
    );
  });
});

describe('reading elements', () => {
  const xml = parseResponse(response('<text>x</text><child><a>1</a></child>'));

  it('gives nothing for what is missing or of another kind', () => {
    expect(textOf(xml, 'text')).toBe('x');
    expect([textOf(xml, 'child'), textOf(xml, 'none'), textOf(undefined, 'text')]).toEqual(['', '', '']);
    expect(childOf(xml, 'child')).toEqual({ a: '1' });
    expect([childOf(xml, 'text'), childOf(xml, 'none')]).toEqual([undefined, undefined]);
    expect([listOf(xml, 'child'), listOf(xml, 'none')]).toEqual([[], []]);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
