import type { ServerAtCheckpoint, RunEvent } from '../metrics/events.js';
import type { SeriesSet } from '../metrics/series-set.js';
import type { Plan } from '../schedule/plan.js';

/** More would make a line of events longer than readers take; the rest is counted. */
const MAX_SERVERS = 200;

/** Who is on which server now, and how much went wrong, from the events of the run. */
export class ServerLoad {
  readonly #meetingOf: ReadonlyMap<number, number>;
  readonly #serverOf = new Map<number, string>();
  /** Server → meeting → users. */
  readonly #servers = new Map<string, Map<number, number>>();
  #errors = 0;
  #errorsTold = 0;

  constructor(plan: Plan) {
    this.#meetingOf = new Map(plan.attendances.map(({ seq, meeting }) => [seq, meeting]));
  }

  event(event: RunEvent): void {
    switch (event.type) {
      case 'user-joined':
        this.#serverOf.set(event.seq, event.server);
        this.#count(event.seq, event.server, 1);
        return;
      case 'user-ended': {
        if (event.outcome === 'failed' || event.outcome === 'lost') this.#errors++;
        const server = this.#serverOf.get(event.seq);
        if (server === undefined) return;
        this.#serverOf.delete(event.seq);
        this.#count(event.seq, server, -1);
        return;
      }
      case 'step-failed':
      case 'meeting-failed':
      case 'meeting-left-open':
        this.#errors++;
        return;
      default:
        return;
    }
  }

  /** Failures since the last call. */
  errorsSince(): number {
    const since = this.#errors - this.#errorsTold;
    this.#errorsTold = this.#errors;
    return since;
  }

  /** Every server that somebody has been on, most users first, with how long joining took there so far. */
  servers(series: SeriesSet): readonly ServerAtCheckpoint[] {
    return [...this.#servers]
      .map(([server, meetings]) => {
        const joinTimeP95Ms = series.figures('join_time', { server }).p95;
        return { server, users: [...meetings.values()].reduce((sum, users) => sum + users, 0), meetings: meetings.size, ...(joinTimeP95Ms === undefined ? {} : { joinTimeP95Ms }) };
      })
      .sort((a, b) => b.users - a.users || (a.server < b.server ? -1 : 1))
      .slice(0, MAX_SERVERS);
  }

  #count(seq: number, server: string, by: 1 | -1): void {
    const meeting = this.#meetingOf.get(seq) ?? -1;
    let meetings = this.#servers.get(server);
    if (!meetings) this.#servers.set(server, (meetings = new Map()));
    const users = (meetings.get(meeting) ?? 0) + by;
    if (users > 0) meetings.set(meeting, users);
    else meetings.delete(meeting);
  }
}
