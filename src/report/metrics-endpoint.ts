import { isLoopbackAddress, listenLocal, namesLoopback, type LocalServer } from './local-http.js';
import type { MetricsFeed } from './metrics-feed.js';
import { CONTENT_TYPES } from './openmetrics.js';

/** Serves `/metrics` in the format that is asked for. PORT_IN_USE if the port is taken. */
export function openMetricsEndpoint(feed: Pick<MetricsFeed, 'text'>, { host, port }: { readonly host: string; readonly port: number }): Promise<LocalServer> {
  return listenLocal({
    host,
    port,
    flag: '--metrics-port',
    handle: (request, response) => {
      // Who binds to loopback wants nobody else: a name that was made to point here (DNS rebinding) is somebody else.
      if (isLoopbackAddress(host) && !namesLoopback(request.headers.host)) {
        response.writeHead(421, { 'content-type': 'text/plain' }).end('This address answers to localhost only.\n');
        return;
      }
      const path = (request.url ?? '').split('?')[0];
      if (path !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
        response.writeHead(path === '/metrics' ? 405 : 404, { 'content-type': 'text/plain' }).end('Metrics are at /metrics.\n');
        return;
      }
      const format = (request.headers.accept ?? '').includes('application/openmetrics-text') ? 'openmetrics' : 'prometheus';
      response.writeHead(200, { 'content-type': CONTENT_TYPES[format] });
      response.end(request.method === 'HEAD' ? '' : feed.text(format));
    },
  });
}
