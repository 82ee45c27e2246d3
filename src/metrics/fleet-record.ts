/** How one server was doing at one instant by its own account: a line of `fleet.jsonl`. */
export interface FleetRecord {
  /** On the run's clock: when it was scraped, or the instant that a Prometheus server has the values for. */
  readonly atMs: number;
  /** As users' samples name it, so that both can be laid side by side. */
  readonly server: string;
  readonly source: 'exporter' | 'prometheus';
  /** False: it did not answer, or with something else; `code` says what. */
  readonly up: boolean;
  readonly code?: string;
  /** What could be made of the series; nothing that was not exposed. */
  readonly figures: FleetFigures;
  /** Sum over all labels of each other series that was kept, as exposed. */
  readonly series?: Readonly<Record<string, number>>;
}

/** Ratios are 0–1; rates are means since the scrape before. */
export interface FleetFigures {
  readonly cpu?: number;
  readonly memory?: number;
  readonly receiveKbps?: number;
  readonly sendKbps?: number;
  readonly meetings?: number;
  readonly participants?: number;
  readonly listeners?: number;
  readonly voice?: number;
  readonly video?: number;
  readonly sfuSockets?: number;
}
