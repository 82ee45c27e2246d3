const MAX_CANDIDATE_CHARS = 2_000;

/** An RTCIceCandidateInit as text; undefined: nothing that could be used. */
export function candidateOf(text: string): { readonly candidate: string; readonly mid: string } | undefined {
  if (text.length > MAX_CANDIDATE_CHARS) return undefined;
  let init: { candidate?: unknown; sdpMid?: unknown };
  try {
    init = JSON.parse(text) as typeof init;
  } catch {
    return undefined;
  }
  const { candidate, sdpMid } = init;
  if (typeof candidate !== 'string' || candidate === '') return undefined;
  return { candidate, mid: typeof sdpMid === 'string' ? sdpMid : '0' };
}
