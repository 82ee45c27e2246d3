import { expect, it } from 'vitest';
import { helloOf } from '../../../src/report/dashboard/dashboard.js';
import { LiveBoard } from '../../../src/report/live-board.js';
import { buildRun } from '../../fakes/run-folder.js';

it('the charts of the page tell the time that its header tells: of a compressed day that since the beginning', () => {
  const { plan } = buildRun({ startOfDayMs: 28_500_000 });
  const told = (speed: number | undefined) => {
    const board = new LiveBoard({ ...plan, ...(speed === undefined ? {} : { speed }) });
    const { startOfDayMs, state } = helloOf({ board, run: 'r', step: undefined }, 's', board.state(0));
    return [startOfDayMs, state.time];
  };
  expect(told(undefined)).toEqual([28_500_000, '07:55:00']);
  expect(told(12)).toEqual([undefined, '0:00']);
});
