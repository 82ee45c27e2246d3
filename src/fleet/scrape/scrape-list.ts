import { HarnessError } from '../../core/errors.js';
import { hostOf } from './range-query.js';

/** Where servers say how they are doing. */
export type ScrapeSource =
  /** A page in Prometheus' text format: node_exporter, bigbluebutton-exporter, bbb-webrtc-sfu, any other. */
  | { readonly kind: 'exporter'; readonly server: string; readonly url: string; readonly token?: string }
  /** A Prometheus server that scrapes them already; servers are named by the host of their `instance`. */
  | { readonly kind: 'prometheus'; readonly url: string; readonly token?: string };

/** `bbb01=http://10.0.0.1:9100/metrics`, or a URL alone, whose host then names the server. Throws USAGE. */
export function exporterSource(text: string): ScrapeSource {
  const named = /^([^=/?#\s]{1,200})=(https?:.*)$/s.exec(text);
  const url = checkedUrl(named?.[2] ?? text, '--scrape');
  return { kind: 'exporter', server: named?.[1] ?? hostOf(url.host), url: url.href };
}

/** Throws USAGE for what is no base URL of a Prometheus server. */
export function prometheusSource(text: string): ScrapeSource {
  return { kind: 'prometheus', url: checkedUrl(text, '--prometheus').href.replace(/\/+$/, '') };
}

function checkedUrl(text: string, flag: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    url = undefined;
  }
  if (!url || !/^https?:$/.test(url.protocol)) throw new HarnessError('USAGE', `${flag} takes an http or https URL, got "${text.slice(0, 200)}"`, { hint: 'e.g. --scrape bbb01=http://10.0.0.1:9100/metrics' });
  if (url.username !== '' || url.password !== '') throw new HarnessError('USAGE', `${flag} takes no credentials in the URL of ${url.host}`, { hint: 'name the environment variable that holds a token with --scrape-token-env' });
  return url;
}
