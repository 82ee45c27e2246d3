/** Lines of BBB whose client differs for a driver; 3.1 was renamed 4.0 before it was released. */
export type UiVersion = '2.7' | '3.0' | '4.0';

/** Reads "3.0.19", "BigBlueButton 4.0.0-rc.2", "2.7.14"; undefined if it cannot be told (servers hide it by default). */
export function uiVersionOf(bbbVersion: string | undefined): UiVersion | undefined {
  const match = /(\d+)\.(\d+)/.exec(bbbVersion ?? '');
  if (!match) return undefined;
  const major = Number(match[1]);
  const minor = Number(match[2]);
  if (major === 2) return '2.7';
  if (major === 3) return minor === 0 ? '3.0' : '4.0';
  return major >= 4 ? '4.0' : undefined;
}
