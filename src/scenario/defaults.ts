/** What holds where a file says nothing, as it would be written. The JSON Schema and docs/scenario.md show these. */
export const DEFAULTS = {
  description: '',
  seed: 1,
  secretEnv: 'BBB_SECRET',
  allowForeignMeetings: false,
  /** BBB FAQ: 1 Gbit/s both ways; middleware `max_connections` 500; 50 new sockets per second (BBB PR 21855); no session above 200. */
  fleet: { servers: 1, lineMbps: 1_000, graphqlConnectionsPerServer: 500, socketsPerSecondPerServer: 50, usersPerMeeting: 200 },
  /** The real client shows moderators every camera and pupils five a page (settings.yml, pagination). 50: no meeting here has more cameras that could be seen at once. */
  teacher: { audio: 'microphone', microphoneShare: 0, webcamShare: 1, cameraViews: 50, raiseHandShare: 0, reloadShare: 0, networkLossShare: 0, networkLoss: '15s' },
  pupil: { audio: 'listen-only', microphoneShare: 0, webcamShare: 0, cameraViews: 5, raiseHandShare: 0, reloadShare: 0, networkLossShare: 0, networkLoss: '15s' },
  wire: 'recorded',
  teachers: 1,
  start: '0s',
  startUsers: 0,
  startRate: '0/s',
  abort: false,
  warmUp: '0s',
  limits: {
    joinTimeout: '60s',
    gracefulStop: '30s',
    maxLateness: '1s',
    maxEventLoopDelay: '250ms',
    browserLaunches: 2,
    usersPerBrowser: 8,
    maxScreenshots: 20,
  },
  checkpointEvery: '30m',
} as const;
