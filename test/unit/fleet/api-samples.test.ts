import { expect, it } from 'vitest';
import { recordApiCalls } from '../../../src/fleet/api-samples.js';
import type { Sample } from '../../../src/metrics/catalogue.js';

it('records successful and failed API calls with call, server and code', () => {
  const samples: Sample[] = [];
  const onCall = recordApiCalls({ record: (sample) => void samples.push(sample) }, () => 4_000);
  onCall({ call: 'join', durationMs: 120, code: undefined, server: 'bbb03' });
  onCall({ call: 'create', durationMs: 15_000, code: 'TARGET_TIMEOUT', server: 'lb' });
  expect(samples).toEqual([
    { metric: 'api_time', value: 120, atMs: 4_000, tags: { call: 'join', server: 'bbb03' } },
    { metric: 'api_time', value: 15_000, atMs: 4_000, tags: { call: 'create', server: 'lb', code: 'TARGET_TIMEOUT' } },
  ]);
});
