import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SELECTORS, selectorsFor, type SelectorName, type Selectors } from '../../../src/bbb/selectors.js';
import type { UiVersion } from '../../../src/bbb/versions.js';

interface Page {
  readonly buttons: readonly { readonly test: string | null }[];
  readonly inputs: readonly { readonly tag: string; readonly id?: string; readonly test: string | null }[];
}

const page = (name: string): Page => JSON.parse(readFileSync(new URL(`../../fixtures/captures/${name}`, import.meta.url), 'utf8')) as Page;
const afterJoin = page('ui-after-join.json');
const chatOpen = page('ui-after-chat-open.json');

/** The `data-test` names that a selector asks for. */
const names = (selector: string): readonly string[] => [...selector.matchAll(/\[data-test="(\w+)"\]/g)].map((match) => match[1]!);
const seen = ({ buttons }: Page, selector: string): readonly (string | null)[] => buttons.map((button) => button.test).filter((test) => test !== null && names(selector).includes(test));

describe('the recorded page of 3.0.19 after joining', () => {
  const BUTTONS: readonly [SelectorName, string][] = [
    ['chatButton', 'chatButton'],
    ['connectionStatus', 'connectionStatusButton'],
    ['userListToggle', 'toggleUserList'],
    ['unmuteButton', 'unmuteMicButton'],
    ['audioMenu', 'audioDropdownMenu'],
    ['joinVideo', 'joinVideo'],
    ['startScreenShare', 'startScreenShare'],
    ['reactionsButton', 'reactionsButton'],
    ['raiseHand', 'raiseHandBtn'],
    ['leaveDropdown', 'leaveMeetingDropdown'],
    ['optionsButton', 'optionsButton'],
    ['closeModal', 'closeModal'],
  ];

  it.each(BUTTONS)('shows %s as %s, with and without the version known', (name, test) => {
    expect(seen(afterJoin, selectorsFor('3.0')[name])).toEqual([test]);
    expect(seen(afterJoin, SELECTORS[name])).toEqual([test]);
  });

  it.each<SelectorName>(['muteButton', 'lowerHand', 'leaveVideo', 'audioModal', 'directLogout', 'optionsLogout', 'leaveAudio', 'meetingEndedModal', 'sendMessage', 'hideChat'])('shows no %s', (name) => {
    expect(seen(afterJoin, SELECTORS[name])).toEqual([]);
  });
});

describe('the recorded page with the chat open', () => {
  it('has the input and the buttons', () => {
    expect(chatOpen.inputs.filter(({ tag, id }) => `${tag}#${id ?? ''}` === SELECTORS.chatInput)).toHaveLength(1);
    expect(seen(chatOpen, SELECTORS.sendMessage)).toEqual(['sendMessageButton']);
    expect(seen(chatOpen, SELECTORS.hideChat)).toEqual(['hidePublicChat']);
  });
});

describe('selectorsFor', () => {
  const versions: readonly UiVersion[] = ['2.7', '3.0', '4.0'];
  const parts = (selector: string): readonly string[] => selector.split(', ');

  it('gives a client of unknown version what any version would need', () => {
    expect(selectorsFor(undefined)).toBe(SELECTORS);
    for (const version of versions) {
      for (const [name, selector] of Object.entries(selectorsFor(version))) expect(parts(SELECTORS[name as SelectorName])).toEqual(expect.arrayContaining([...parts(selector)]));
    }
  });

  it.each<[SelectorName, UiVersion, string]>([
    ['chatButton', '2.7', 'chatButton'],
    ['chatButton', '4.0', 'messagesSidebarButton'],
    ['userListToggle', '4.0', 'usersListSidebarButton'],
    ['optionsLogout', '2.7', 'logout'],
    ['optionsLogout', '3.0', 'optionsLogoutButton'],
    ['echoConfirm', '2.7', 'echoYesBtn'],
    ['chatMessageText', '2.7', 'chatUserMessageText'],
    ['chatMessageText', '3.0', 'messageContent'],
  ])('knows %s of %s as %s', (name, version, test) => {
    expect(names(selectorsFor(version)[name])).toContain(test);
  });

  it('asks for data-testid wherever it asks for data-test', () => {
    for (const selector of Object.values(SELECTORS)) for (const name of names(selector)) expect(selector).toContain(`[data-testid="${name}"]`);
  });

  it.each([SELECTORS, ...versions.map(selectorsFor)] as readonly Selectors[])('holds nothing but simple CSS selectors', (selectors) => {
    for (const selector of Object.values(selectors).flatMap(parts)) expect(selector).toMatch(/^(?=.)([a-z][a-z0-9]*)?(#[\w-]+)?(\[data-(test(id)?|shape(-type)?)="[\w.]+"\])?( [a-z]+)?$/);
  });
});
