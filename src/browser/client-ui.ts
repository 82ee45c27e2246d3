import type { Locator, Page } from 'playwright';
import { SELECTORS, type SelectorName } from '../bbb/selectors.js';
import { HarnessError, messageOf, type ErrorCode } from '../core/errors.js';

/** Limits of single waits; the walk of a user has limits of its own around them. */
export interface DriverLimits {
  readonly readyTimeoutMs: number;
  readonly audioTimeoutMs: number;
  readonly stepTimeoutMs: number;
}

/** What a person sees and clicks in BBB's client. Every wait is bounded; methods reject with HarnessErrors of the code given. */
export class ClientUi {
  readonly page: Page;
  readonly limits: DriverLimits;

  constructor(page: Page, limits: DriverLimits) {
    this.page = page;
    this.limits = limits;
  }

  /** The client opens its audio dialogue by itself, over everything else; who wants no audio closes it first. */
  async uncover(): Promise<void> {
    if (!(await this.shown('audioModal'))) return;
    await this.click('closeModal', 'STEP_FAILED', 'the audio dialogue could not be closed');
    await this.hidden('audioModal', 'STEP_FAILED', 'the audio dialogue did not close');
  }

  /** Duplicate hidden toolbar buttons exist: only what is visible counts. */
  visible(name: SelectorName): Locator {
    return this.page.locator(SELECTORS[name]).filter({ visible: true }).first();
  }

  shown(name: SelectorName): Promise<boolean> {
    return this.visible(name)
      .isVisible()
      .catch(() => false);
  }

  async click(name: SelectorName, code: ErrorCode, failure: string): Promise<void> {
    await this.attempt(code, failure, () => this.visible(name).click({ timeout: this.limits.stepTimeoutMs }));
  }

  async hidden(name: SelectorName, code: ErrorCode, failure: string): Promise<void> {
    await this.attempt(code, failure, () => this.page.locator(SELECTORS[name]).filter({ visible: true }).first().waitFor({ state: 'hidden', timeout: this.limits.stepTimeoutMs }));
  }

  /** The first of several things to become visible, in the order given. */
  async either(code: ErrorCode, failure: string, timeoutMs: number, names: readonly SelectorName[]): Promise<SelectorName> {
    const any = names.map((name) => SELECTORS[name]).join(', ');
    await this.attempt(code, failure, () => this.page.locator(any).filter({ visible: true }).first().waitFor({ state: 'visible', timeout: timeoutMs }));
    for (const name of names) if (await this.shown(name)) return name;
    return names[0]!;
  }

  async attempt(code: ErrorCode, failure: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (error instanceof HarnessError) throw error;
      throw new HarnessError(code, `${failure} (${reasonOf(error)})`, { cause: error });
    }
  }

  async textOf(name: SelectorName): Promise<string> {
    const text = await this.visible(name)
      .textContent({ timeout: this.limits.stepTimeoutMs })
      .catch(() => '');
    return (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 200) || 'without words';
  }
}

/** The first sentence of Playwright's message, without its call log. */
function reasonOf(error: unknown): string {
  return messageOf(error).split('\n')[0]!.slice(0, 160);
}
