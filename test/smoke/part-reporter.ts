import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FullConfig, FullResult, Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter';
import { messageOf } from '../../src/core/errors.js';
import { redact } from '../../src/core/redact.js';
import { redactResult } from './redact-report.js';
import { handedOver, outputFolder, secretsInUse } from './settings.js';
import { renderSummary, summarise, type TestOutcome } from './summary.js';

/** Redacts every result before other reporters read it (it must stand first), and says at the end which part of the target is broken. */
export default class PartReporter implements Reporter {
  readonly #tests: TestOutcome[] = [];
  #all = 0;

  printsToStdio(): boolean {
    return true;
  }

  onBegin(_config: FullConfig, suite: Suite): void {
    this.#all = suite.allTests().length;
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    try {
      redactResult(result, secretsInUse());
    } catch (error) {
      // What could not be cleaned is not published.
      result.attachments.length = 0;
      console.error(`attachments of "${test.title}" were dropped, for their credentials could not be removed: ${messageOf(error)}`);
    }
    if (result.status === 'interrupted') return;
    this.#tests.push({
      title: test.title,
      outcome: result.status === 'skipped' ? 'skipped' : test.expectedStatus === result.status ? 'passed' : 'failed',
      annotations: result.annotations,
      message: result.error?.message,
    });
  }

  onEnd(result: FullResult): void {
    const summary = summarise(this.#tests, { target: targetHost(), durationMs: result.duration, interrupted: this.#all === 0 || result.status === 'interrupted' || result.status === 'timedout' });
    mkdirSync(outputFolder(), { recursive: true });
    writeFileSync(join(outputFolder(), 'summary.json'), `${redact(JSON.stringify(summary, undefined, 2), secretsInUse())}\n`);
    if (this.#tests.length > 0) process.stdout.write(`\n${redact(renderSummary(summary), secretsInUse())}`);
  }
}

function targetHost(): string {
  try {
    return new URL(handedOver().url).host;
  } catch {
    return 'the target';
  }
}
