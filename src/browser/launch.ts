import { chromium, type Browser, type LaunchOptions } from 'playwright';
import { messageOf } from '../core/errors.js';
import { killGroup } from './run-program.js';

/**
 * Starts Chromium by Playwright; rejects with what that says. A browser that was started and then said nothing is killed: Playwright asks it to close, and
 * waits for that half a minute longer, in which nobody else knows that it is there.
 */
export async function launchChromium(options: LaunchOptions): Promise<Browser> {
  try {
    return await chromium.launch(options);
  } catch (error) {
    killGroup(leftBy(messageOf(error)));
    throw error;
  }
}

/** By the log of a launch, which is part of Playwright's error: the process that was started (it leads a group of its own) and has not ended. */
function leftBy(log: string): number | undefined {
  const pid = [...log.matchAll(/<launched> pid=(\d+)/g)].at(-1)?.[1];
  return pid === undefined || log.includes(`[pid=${pid}] <process did exit`) ? undefined : Number(pid);
}
