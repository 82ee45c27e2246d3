import { describe, expect, it } from 'vitest';
import { errorAsJson, renderError } from '../../../src/cli/render-error.js';
import { HarnessError } from '../../../src/core/errors.js';

const plain = { debug: false, secrets: [], colour: false };

/** What `await using` makes of a failure and of another on the way out. */
async function both(first: Error, closing: Error): Promise<unknown> {
  try {
    await using _resource = { [Symbol.asyncDispose]: () => Promise.reject(closing) };
    throw first;
  } catch (error) {
    return error;
  }
}

describe('an error that was followed by one while closing', () => {
  it('is the one that is said', async () => {
    const thrown = await both(new HarnessError('BROKER_UNREACHABLE', 'the broker is gone', { hint: 'start it' }), new Error('the file was closed'));
    expect(renderError(thrown, plain)).toBe('error BROKER_UNREACHABLE: the broker is gone\n  help: start it\n');
    expect(JSON.parse(errorAsJson(thrown, []))).toEqual({ error: { code: 'BROKER_UNREACHABLE', message: 'the broker is gone', help: 'start it' } });
  });
});
