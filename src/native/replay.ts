import { sleep, type Clock } from '../core/clock.js';
import { Looks } from '../core/looks.js';
import type { GraphqlSession } from './graphql-session.js';
import { at, fill, operationsOf, referencesIn, type Reference, type WireProfile, type WireStep } from './wire-profile.js';

type StartStep = Extract<WireStep, { start: string }>;

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
 * Sends what the profile says, in its order, each frame after the client's own time since the one before. A frame that needs a value
 * which has not come waits for it alone, as it does in the client: a meeting without a slide never has one. Resolves when all others
 * are sent; rejects with the signal's reason.
 */
export async function replayJoin({ profile, session, clientSessionUuid, sessionToken, answers, clock, signal, onDocument, isPresenter }: ReplayOptions): Promise<void> {
  const operations = operationsOf(profile);
  const looks = new Looks();
  /** How often the profile has ended each, so far. */
  const ends = new Map<string, number>();
  const heard = (operationName: string, document: unknown): void => {
    answers.set(operationName, document);
    onDocument(operationName, document);
    looks.look();
  };
  const valueOf = ({ $from, path }: Reference): unknown => at(answers.get($from), path);
  const present = (reference: Reference): boolean => {
    const value = valueOf(reference);
    return value !== undefined && value !== null && value !== false;
  };
  const pause = async (gapMs: number): Promise<void> => {
    if (gapMs > 0) await sleep(clock, gapMs, signal);
  };
  const send = ({ start, variables: template }: StartStep): void => {
    const operation = operations.get(start)!;
    const variables = fill(template, { clientSessionUuid, sessionToken, wallMs: clock.wallMs(), resolve: valueOf }) as Readonly<Record<string, unknown>>;
    if (operation.kind === 'subscription') session.subscribe(operation, variables, (document) => heard(start, document));
    else {
      // Refusals of single operations are part of a real join (SetLayoutProps of who is no presenter); the client goes on.
      void session.request(operation, variables).then(
        (document) => heard(start, document),
        () => undefined,
      );
    }
  };
  const sendLater = async (step: StartStep, needed: readonly Reference[]): Promise<void> => {
    const endsBefore = ends.get(step.start);
    await looks.until(() => needed.every(present), signal);
    await pause(step.gapMs);
    // What the client ends before it could begin does not begin any more.
    if (ends.get(step.start) === endsBefore) send(step);
  };

  for (const step of profile.join) {
    signal.throwIfAborted();
    if ('end' in step) {
      await pause(step.gapMs);
      session.complete(step.end);
      ends.set(step.end, (ends.get(step.end) ?? 0) + 1);
      continue;
    }
    if (step.presenterOnly === true && !isPresenter()) continue;
    const { after } = step;
    if (after) await looks.until(() => present(after), signal);
    const needed = referencesIn(step.variables);
    const there = needed.every(present);
    if (!there) void sendLater(step, needed).catch(() => undefined);
    await pause(step.gapMs);
    if (there) send(step);
  }
}
