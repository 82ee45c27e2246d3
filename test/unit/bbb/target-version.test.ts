import { describe, expect, it } from 'vitest';
import { versionFromJson } from '../../../src/bbb/target-version.js';

const answer = (fields: object): string => JSON.stringify({ response: { returncode: 'SUCCESS', version: '2.0', apiVersion: '2.0', ...fields } });

describe('versionFromJson', () => {
  it('reads what a server of 3.0 says', () => {
    expect(versionFromJson('ask', answer({ bbbVersion: '', graphqlWebsocketUrl: 'wss://bbb03.example.org/graphql', graphqlApiUrl: 'https://bbb03.example.org/api/rest' }))).toEqual({ apiVersion: '2.0', bbbVersion: undefined, graphqlWebsocketUrl: 'wss://bbb03.example.org/graphql' });
    expect(versionFromJson('ask', answer({ bbbVersion: '3.0.19' })).bbbVersion).toBe('3.0.19');
  });

  it.each(['https://bbb03.example.org/graphql', 'wss://', 'javascript:alert(1)', 5, null, ['wss://x']])('takes %j for no GraphQL address', (graphqlWebsocketUrl) => {
    expect(versionFromJson('ask', answer({ graphqlWebsocketUrl })).graphqlWebsocketUrl).toBeUndefined();
  });

  it.each(['{', '{}', '{"response":5}', '{"response":null}', '[]', 'null', 'true'])('refuses %s', (text) => {
    expect(() => versionFromJson('ask h for its version', text)).toThrow(expect.objectContaining({ code: 'TARGET_NOT_BBB', message: expect.stringContaining('ask h for its version') }));
  });

  it('passes a refusal on', () => {
    expect(() => versionFromJson('ask', answer({ returncode: 'FAILED', messageKey: 'apiNotEnabled' }))).toThrow(expect.objectContaining({ code: 'API_REFUSED' }));
  });
});
