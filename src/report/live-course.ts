/** Servers that a point of the course of a run names: the fullest ones. */
export const MAX_IN_COURSE = 24;

/** Users on a server at a point of the course; undefined: not told, as so many others were fuller. */
export function usersAt(servers: Readonly<Record<string, number>>, server: string): number | undefined {
  if (Object.hasOwn(servers, server)) return servers[server];
  return Object.keys(servers).length < MAX_IN_COURSE ? 0 : undefined;
}

/** The line of a small chart, 100 wide and 25 high, as an SVG path; what is not known is a gap. */
export function sparkPath(values: readonly (number | undefined)[]): string {
  const top = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 1);
  const point = (value: number, index: number): string => `${((index / Math.max(1, values.length - 1)) * 100).toFixed(1)} ${(24 - (value / top) * 22).toFixed(1)}`;
  return values.map((value, index) => (value === undefined ? '' : `${index === 0 || values[index - 1] === undefined ? 'M' : 'L'}${point(value, index)}`)).join('');
}
