/** A figure that a forecast rests on, with where it comes from. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly about: string;
  readonly source: string;
}

/**
 * What one stream weighs and where a server is known to suffer. Forecasts say "about": they use these figures and nothing else.
 * Not modelled: screen sharing, presentations, TURN (doubles the path), the client's own reduction of cameras from 8 on.
 */
export const FIGURES = {
  audioMbps: { value: 0.04, unit: 'Mbit/s', about: 'one audio stream, one way', source: 'BBB FAQ, bandwidth (bbb-hilfe.de measured 0.06 on the wire)' },
  cameraMbps: { value: 0.2, unit: 'Mbit/s', about: 'one camera stream, one way', source: 'camera profile "medium", the default of the BBB client (settings.yml, 200 kbit/s); the FAQ gives 0.25 for 320×240 and 0.40 for 640×480' },
  lineWarning: { value: 0.65, unit: 'share', about: 'of a line that can be filled before bursts queue', source: 'planning margin of Firstbell' },
  usersPerServer: { value: 200, unit: 'users', about: 'on a server of the minimum size', source: 'BBB FAQ; Darmstadt ran 600 on each of ten faster ones' },
  socketWaitMs: { value: 30_000, unit: 'ms', about: 'the client waits for its socket before it tries another', source: 'BBB pull request 19839' },
} as const satisfies Record<string, Figure>;
