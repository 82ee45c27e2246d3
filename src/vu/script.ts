import type { Action, ActionName, PlannedAction } from '../scenario/action.js';
import type { AttendeeSpec } from './attendee.js';

/** What one user does, on the run's clock; `Attendance` of the plan is one. */
export interface AttendanceScript extends Omit<AttendeeSpec, 'meetingId'> {
  readonly kind: 'browser' | 'native';
  readonly dueMs: number;
  readonly leaveMs: number;
  readonly chatAtMs: readonly number[];
  readonly raiseHandAtMs?: number;
  readonly reloadAtMs?: number;
  readonly networkLoss?: { readonly atMs: number; readonly forMs: number };
  readonly actions?: readonly PlannedAction[];
}

/** How long each wait of a user lasts at most. */
export interface UserLimits {
  /** Until the attendee is prepared (a browser started), the target not yet touched. */
  readonly openTimeoutMs: number;
  /** From the actual start until the user can take part, audio included. */
  readonly joinTimeoutMs: number;
  /** One step inside the meeting. */
  readonly stepTimeoutMs: number;
  readonly leaveTimeoutMs: number;
  /** Until the attendee's resources are given back. */
  readonly closeTimeoutMs: number;
}

type OwnStep = 'webcam' | 'chat' | 'hand' | 'reload' | 'network';
export type Step = OwnStep | ActionName | 'leave';

export type PlannedStep = { readonly atMs: number } & ({ readonly step: OwnStep } | { readonly step: 'action'; readonly action: Action });

/**
 * Steps of a user that is in since `joinedMs`, in order of time. Who came late does not make up for messages that were due before,
 * but still shows the camera, raises the hand, reloads, and loses its network. Nothing is planned from the time to leave on.
 */
export function stepsOf(script: AttendanceScript, joinedMs: number): readonly PlannedStep[] {
  const steps: PlannedStep[] = [];
  if (script.webcam) steps.push({ step: 'webcam', atMs: joinedMs });
  if (script.raiseHandAtMs !== undefined) steps.push({ step: 'hand', atMs: Math.max(joinedMs, script.raiseHandAtMs) });
  // Nobody loads a client anew, or loses its network, before it is there.
  if (script.reloadAtMs !== undefined) steps.push({ step: 'reload', atMs: Math.max(joinedMs, script.reloadAtMs) });
  if (script.networkLoss) steps.push({ step: 'network', atMs: Math.max(joinedMs, script.networkLoss.atMs) });
  for (const atMs of script.chatAtMs) if (atMs >= joinedMs) steps.push({ step: 'chat', atMs });
  for (const { atMs, action } of script.actions ?? []) if (atMs >= joinedMs) steps.push({ step: 'action', atMs, action });
  return steps.filter((step) => step.atMs < script.leaveMs).sort((a, b) => a.atMs - b.atMs);
}
