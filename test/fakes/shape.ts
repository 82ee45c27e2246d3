/** What differs in shape between a recorded value and ours: keys and JSON types. null on either side fits anything (state differs). */
export function shapeDifferences(recorded: unknown, ours: unknown, path = '$'): string[] {
  if (recorded === null || ours === null) return [];
  if (Array.isArray(recorded) || Array.isArray(ours)) {
    if (!Array.isArray(recorded) || !Array.isArray(ours)) return [`${path}: ${kindOf(recorded)} was recorded, ours is ${kindOf(ours)}`];
    return recorded.length === 0 || ours.length === 0 ? [] : shapeDifferences(recorded[0], ours[0], `${path}[0]`);
  }
  if (typeof recorded !== typeof ours) return [`${path}: ${kindOf(recorded)} was recorded, ours is ${kindOf(ours)}`];
  if (typeof recorded !== 'object') return [];
  const left = recorded as Record<string, unknown>;
  const right = ours as Record<string, unknown>;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].flatMap((name) => {
    if (!(name in right)) return [`${path}.${name}: recorded, ours lacks it`];
    if (!(name in left)) return [`${path}.${name}: ours has it, it was not recorded`];
    return shapeDifferences(left[name], right[name], `${path}.${name}`);
  });
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'an array' : value === null ? 'null' : typeof value;
}
