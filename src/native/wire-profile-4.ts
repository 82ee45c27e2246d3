import { asInFour, MEDIA_GROUPS } from '../bbb/operations-4.js';
import type { UiVersion } from '../bbb/versions.js';
import { parseProfile, RECORDED_PROFILE, type WireProfile } from './wire-profile.js';

/** The recorded session of 3.0.19 with what 4.0 changes of it (bbb/operations-4.ts): written after the sources, not recorded. */
export const WRITTEN_PROFILE_4: WireProfile = writtenForFour();

/** The profile to use with a server: the built-in one of 3.0 is no use to 4.0, whose schema lacks a field that it asks for. */
export function profileFor(wanted: WireProfile, line: UiVersion | undefined): WireProfile {
  return wanted === RECORDED_PROFILE && line === '4.0' ? WRITTEN_PROFILE_4 : wanted;
}

function writtenForFour(): WireProfile {
  const renamed = new Map(RECORDED_PROFILE.operations.map((one) => [one.operationName, asInFour(one).operationName]));
  const join = RECORDED_PROFILE.join.map((step) => ('start' in step ? { ...step, start: renamed.get(step.start) ?? step.start } : step));
  return parseProfile({
    ...RECORDED_PROFILE,
    bbb: '4.0',
    source: 'written after the sources of 4.0.0-rc.2, from the recording of 3.0.19',
    operations: [...RECORDED_PROFILE.operations.map(asInFour), MEDIA_GROUPS],
    join: [...join, { start: MEDIA_GROUPS.operationName, gapMs: 0, variables: {} }],
    sfu: [],
  });
}
