/** Host of an address; the whole address stands with the environment. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
