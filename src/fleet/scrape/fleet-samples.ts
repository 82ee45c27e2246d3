import type { MetricName, Recorder } from '../../metrics/catalogue.js';
import type { FleetRecord } from '../../metrics/fleet-record.js';

/** Records what a server said of itself as samples with its tag; `lineMbps` is what its line takes each way. */
export function recordFleet(recorder: Recorder, lineMbps: number, { atMs, server, up, figures }: FleetRecord): void {
  const sample = (metric: MetricName, value: number | undefined): void => {
    if (value !== undefined) recorder.record({ metric, value, atMs, tags: { server } });
  };
  sample('server_scrape_failed', up ? 0 : 1);
  sample('server_cpu', figures.cpu);
  sample('server_memory', figures.memory);
  sample('server_line_in', figures.receiveKbps);
  sample('server_line_out', figures.sendKbps);
  sample('server_line_use', lineUse(figures, lineMbps));
  sample('server_meetings', figures.meetings);
  sample('server_participants', figures.participants);
}

/** The busier direction ÷ the line. */
function lineUse({ receiveKbps, sendKbps }: FleetRecord['figures'], lineMbps: number): number | undefined {
  if (receiveKbps === undefined && sendKbps === undefined) return undefined;
  return Math.max(receiveKbps ?? 0, sendKbps ?? 0) / (lineMbps * 1_000);
}
