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
  /** What a role does beyond that, where it is asked for. */
  screenFor: '10m',
  speakFor: '10s',
  speed: 1,
  /**
   * Users of a meeting. Mean: fleets had 8.0 (Osnabrück 2021), 7.4–9.8 (Rhineland-Palatinate) and 11.8 (Baden-Württemberg) users a
   * meeting. Spread: what participants of a survey reported (mean 19.0, SD 27.2, seen by size) is a log-normal of sigma 1.06; school
   * classes differ less, 0.8 is an assumption. The cut above is the template's size.
   */
  classSize: { mean: 10, sigma: 0.8, min: 3 },
  /**
   * Around the bell. Teachers 2 to 6 minutes before; 85 % of the pupils from 3 minutes before to 5 after, most in the first minute; the
   * rest to 15 minutes after (a survey: 26 % of meetings start late, by 9.3 ± 5.5 minutes). An assumption: no join distribution of a
   * BigBlueButton fleet has been published.
   */
  teacherLead: { most: '6m', least: '2m' },
  arrivals: [
    { from: '-3m', to: '0s', share: '30%' },
    { from: '0s', to: '1m', share: '25%' },
    { from: '1m', to: '5m', share: '30%' },
    { from: '5m', to: '15m', share: '15%' },
  ],
  leaveWithin: '2m',
  changeover: { least: '3s', most: '15s' },
  bellSpread: '0s',
  events: { meetingShare: 1, within: '20s', drawShare: 0.2, drawEvery: '10s', voteShare: 0.9, slidesEvery: '1m', reactShare: 0.3, microphonesShare: 1, breakoutShare: 1, networkLoss: '15s', execTimeout: '60s' },
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
    /** A native sender that is further behind leaves frames out. */
    maxSendLateness: '500ms',
    maxSendLimited: 0.5,
    browserLaunches: 2,
    usersPerBrowser: 8,
    maxScreenshots: 20,
  },
  scrapeEvery: '10s',
  checkpointEvery: '30m',
} as const;
