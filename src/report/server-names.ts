/**
 * Names of servers without their domain and port where that still tells them apart, for places with little room. Addresses of four
 * numbers stay whole.
 */
export function shortNames(names: readonly string[]): readonly string[] {
  const hosts = names.map((name) => (/^[\d.]+(:\d+)?$/.test(name) || name.startsWith('[') ? name : (name.split(/[.:]/)[0] ?? name)));
  return new Set(hosts).size === names.length ? hosts : names;
}
