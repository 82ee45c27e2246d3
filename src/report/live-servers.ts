import type { RunEvent } from '../metrics/events.js';
import type { FleetFigures, FleetRecord } from '../metrics/fleet-record.js';
import { Sink } from '../metrics/sink.js';
import type { SeriesSnapshot } from '../metrics/snapshot.js';
import type { Plan } from '../schedule/plan.js';
import { MAX_IN_COURSE } from './live-course.js';

/** One server now: who is on it, and what it says of itself. */
export interface BoardServer {
  readonly name: string;
  readonly users: number;
  readonly meetings: number;
  readonly lost: number;
  /** Of all that joined there so far. */
  readonly joinTimeP95Ms?: number;
  /** By its own account; absent: it is not asked. */
  readonly own?: FleetFigures;
  /** The busier direction of its line ÷ the line. */
  readonly lineUse?: number;
  /** False: it did not answer when last asked. */
  readonly answers?: boolean;
}

interface Server {
  lost: number;
  users: number;
  readonly meetings: Map<number, number>;
  join: Sink | undefined;
  joinTimeP95Ms: number | undefined;
  record: FleetRecord | undefined;
}

/** Histograms take memory: joins are timed for so many servers, users counted for all. */
const MAX_TIMED = 200;
/** Names come from the far side. */
const MAX_SERVERS = 2_000;

/** The servers of a fleet while a run goes on. */
export class LiveServers {
  readonly #plan: Plan;
  readonly #meetingOf: ReadonlyMap<number, number>;
  readonly #servers = new Map<string, Server>();
  readonly #serverOf = new Map<number, string>();
  #timed = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#meetingOf = new Map(plan.attendances.map(({ seq, meeting }) => [seq, meeting]));
  }

  event(event: RunEvent): void {
    if (event.type === 'user-joined') {
      this.#serverOf.set(event.seq, event.server);
      this.#move(event.seq, event.server, 1);
    } else if (event.type === 'user-ended') {
      const name = this.#serverOf.get(event.seq);
      if (name === undefined) return;
      this.#serverOf.delete(event.seq);
      this.#move(event.seq, name, -1);
      const server = this.#server(name);
      if (server && event.outcome === 'lost') server.lost++;
    }
  }

  joined(series: SeriesSnapshot): void {
    const server = series.tags.server === undefined ? undefined : this.#server(series.tags.server);
    if (!server) return;
    if (!server.join && this.#timed >= MAX_TIMED) return;
    if (!server.join) this.#timed++;
    server.join ??= new Sink('join_time', {}, 'js');
    server.join.addSnapshot(series);
    const { hist, min, max } = server.join;
    server.joinTimeP95Ms = Math.min(max, Math.max(min, hist?.percentile(95) ?? 0));
  }

  fleet(record: FleetRecord): void {
    const server = this.#server(record.server);
    // Several exporters tell of one server: what one does not know stays as another has told it.
    if (server) server.record = { ...record, figures: { ...server.record?.figures, ...record.figures } };
  }

  users(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.list().slice(0, MAX_IN_COURSE).map(({ name, users }) => [name, users]));
  }

  /** Most users first. */
  list(): readonly BoardServer[] {
    const line = this.#plan.fleet.lineMbps * 1_000;
    return [...this.#servers]
      .map(([name, { lost, users, meetings, joinTimeP95Ms, record }]): BoardServer => {
        const { receiveKbps, sendKbps } = record?.figures ?? {};
        return {
          name,
          users,
          meetings: meetings.size,
          lost,
          ...(joinTimeP95Ms === undefined ? {} : { joinTimeP95Ms }),
          ...(record === undefined ? {} : { own: record.figures, answers: record.up }),
          ...(receiveKbps === undefined && sendKbps === undefined ? {} : { lineUse: Math.max(receiveKbps ?? 0, sendKbps ?? 0) / line }),
        };
      })
      .sort((a, b) => b.users - a.users || (a.name < b.name ? -1 : 1));
  }

  #move(seq: number, name: string, by: 1 | -1): void {
    const server = this.#server(name);
    if (!server) return;
    const meeting = this.#meetingOf.get(seq) ?? -1;
    const users = (server.meetings.get(meeting) ?? 0) + by;
    if (users > 0) server.meetings.set(meeting, users);
    else server.meetings.delete(meeting);
    server.users += by;
  }

  #server(name: string): Server | undefined {
    let server = this.#servers.get(name);
    if (!server && this.#servers.size < MAX_SERVERS) {
      server = { lost: 0, users: 0, meetings: new Map(), join: undefined, joinTimeP95Ms: undefined, record: undefined };
      this.#servers.set(name, server);
    }
    return server;
  }
}
