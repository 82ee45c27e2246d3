import type { ApiCall } from '../bbb/api.js';
import type { Recorder } from '../metrics/catalogue.js';

/** Turns the API's calls into samples of `api_time`, failed ones tagged with their code. `atMs` is on the run's clock. */
export function recordApiCalls(recorder: Recorder, atMs: () => number): (call: ApiCall) => void {
  return ({ call, durationMs, code, server }) => recorder.record({ metric: 'api_time', value: durationMs, atMs: atMs(), tags: { call, server, ...(code === undefined ? {} : { code }) } });
}
