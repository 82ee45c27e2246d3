import { sleep, type Clock } from '../core/clock.js';
import type { GraphqlSession } from './graphql-session.js';
import { at, fill, operationsOf, referencesIn, type Reference, type WireProfile } from './wire-profile.js';

export interface ReplayOptions {
  readonly profile: WireProfile;
  readonly session: Pick<GraphqlSession, 'subscribe' | 'request' | 'complete'>;
  readonly clientSessionUuid: string;
  readonly sessionToken: string;
  /** Filled with the newest document of each operation. */
  readonly answers: Map<string, unknown>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with every document that the server sends. */
  readonly onDocument: (operationName: string, document: unknown) => void;
  /** Asked when the profile says that only a presenter sends a frame. */
  readonly isPresenter: () => boolean;
}

/**
 * Sends what the profile says, in its order: each frame when the answers that it needs are there and the client's own time since
 * the frame before has passed. Resolves when all are sent; rejects with the signal's reason.
 */
export async function replayJoin({ profile, session, clientSessionUuid, sessionToken, answers, clock, signal, onDocument, isPresenter }: ReplayOptions): Promise<void> {
  const operations = operationsOf(profile);
  let wake: (() => void) | undefined;
  const heard = (operationName: string, document: unknown): void => {
    answers.set(operationName, document);
    onDocument(operationName, document);
    wake?.();
  };
  const valueOf = ({ $from, path }: Reference): unknown => at(answers.get($from), path);
  const present = (reference: Reference): boolean => {
    const value = valueOf(reference);
    return value !== undefined && value !== null && value !== false;
  };
  const arrival = (references: readonly Reference[]): Promise<void> => {
    if (references.every(present)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const aborted = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', aborted, { once: true });
      wake = () => {
        if (!references.every(present)) return;
        wake = undefined;
        signal.removeEventListener('abort', aborted);
        resolve();
      };
    });
  };

  for (const step of profile.join) {
    signal.throwIfAborted();
    if ('end' in step) {
      if (step.gapMs > 0) await sleep(clock, step.gapMs, signal);
      session.complete(step.end);
      continue;
    }
    if (step.presenterOnly === true && !isPresenter()) continue;
    await arrival([...referencesIn(step.variables), ...(step.after ? [step.after] : [])]);
    if (step.gapMs > 0) await sleep(clock, step.gapMs, signal);
    const operation = operations.get(step.start)!;
    const variables = fill(step.variables, { clientSessionUuid, sessionToken, wallMs: clock.wallMs(), resolve: valueOf }) as Readonly<Record<string, unknown>>;
    if (operation.kind === 'subscription') session.subscribe(operation, variables, (document) => heard(step.start, document));
    else {
      // Refusals of single operations are part of a real join (SetLayoutProps of who is no presenter); the client goes on.
      void session.request(operation, variables).then(
        (document) => heard(step.start, document),
        () => undefined,
      );
    }
  }
}
