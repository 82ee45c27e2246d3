import { z } from 'zod';
import { DEFAULTS } from './defaults.js';
import { duration, optional, text, variableName } from './shape-values.js';

const EXPORTER_ERROR = 'must be [NAME=]URL of an exporter, http or https, without credentials\nfor example bbb01=http://10.0.0.1:9100/metrics';
const exporter = z.string({ error: EXPORTER_ERROR }).max(600).regex(/^([^=/?#\s]{1,200}=)?https?:\/\/[^@\s]+$/, { error: EXPORTER_ERROR });
const SERVER_ERROR = 'must be the base URL of a Prometheus server, http or https, without credentials\nfor example http://prometheus:9090';
const server = z.string({ error: SERVER_ERROR }).max(600).regex(/^https?:\/\/[^@\s]+$/, { error: SERVER_ERROR });

/** Where servers say how they are doing. */
export const scrape = z.strictObject({
  exporters: optional(z.array(exporter, { error: 'must be a list of [NAME=]URL' }).max(2_000), {
    description: 'Pages in Prometheus’ text format: node_exporter, bigbluebutton-exporter, bbb-webrtc-sfu, any. NAME is the server as users see it; without it the host of the URL.',
    examples: [['bbb01=http://10.0.0.1:9100/metrics', 'bbb01=http://10.0.0.1:9688/metrics']],
  }),
  prometheus: optional(z.array(server, { error: 'must be a list of URLs' }).max(20), { description: 'Prometheus servers that scrape the fleet already; asked by range query, servers named by the host of `instance`.', examples: [['http://prometheus:9090']] }),
  every: optional(duration(1_000), { description: 'Time between two looks.', default: DEFAULTS.scrapeEvery }),
  keep: optional(z.array(text(200).regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, { error: 'must be the name of a series' }), { error: 'must be a list of names' }).max(200), {
    description: 'Names of series to keep in fleet.jsonl besides the usual ones.',
    examples: [['node_load5']],
  }),
  tokenEnv: optional(variableName, { description: 'Name of the environment variable with a bearer token for all of them.', examples: ['SCRAPE_TOKEN'] }),
});

export type WrittenScrape = z.infer<typeof scrape>;
