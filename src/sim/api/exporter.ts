import type { SimMeeting } from '../state/meeting.js';

/**
 * What bigbluebutton-exporter shows of a server (collector.py; bbb-protocol §8.1), in the text format of Prometheus. Its gauges of
 * participants count attendees as getMeetings does: listeners are those in listen-only, voice participants those with a microphone.
 */
export function exporterText(meetings: readonly SimMeeting[], line: LineTotals): string {
  const open = meetings.filter(({ ended }) => ended === undefined).map((meeting) => meeting.present());
  const rooms = open.map((users) => ({
    participants: users.length,
    listeners: users.filter(({ voice }) => voice?.listenOnly === true).length,
    voice_participants: users.filter(({ voice }) => voice?.listenOnly === false).length,
    video_participants: users.filter(({ cameras }) => cameras.size > 0).length,
  }));
  const sum = (name: keyof (typeof rooms)[number]): number => rooms.reduce((total, room) => total + room[name], 0);
  const lines: string[] = [];
  gauge(lines, 'bbb_api_up', 'Whether the API answers', 1);
  gauge(lines, 'bbb_meetings', 'Meetings', rooms.length);
  gauge(lines, 'bbb_meetings_participants', 'Participants in all meetings', sum('participants'));
  gauge(lines, 'bbb_meetings_listeners', 'Participants that listen only', sum('listeners'));
  gauge(lines, 'bbb_meetings_voice_participants', 'Participants with a microphone', sum('voice_participants'));
  gauge(lines, 'bbb_meetings_video_participants', 'Participants with a camera', sum('video_participants'));
  lines.push('# HELP bbb_meetings_participant_clients Participants by client', '# TYPE bbb_meetings_participant_clients gauge', `bbb_meetings_participant_clients{type="html5"} ${sum('participants')}`);
  for (const name of ['participants', 'listeners', 'voice_participants', 'video_participants'] as const) gaugeHistogram(lines, `bbb_room_${name}`, rooms.map((room) => room[name]));
  counter(lines, 'node_network_receive_bytes_total', 'HTTP, WebSockets and RTP that came to this server, without headers of TCP, UDP and IP', line.receivedBytes);
  counter(lines, 'node_network_transmit_bytes_total', 'HTTP, WebSockets and RTP that this server sent, without headers of TCP, UDP and IP', line.sentBytes);
  return `${lines.join('\n')}\n`;
}

/** What went over the line of one simulated server since its start. */
export interface LineTotals {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** As node_exporter names it. All servers share one process and one machine, so CPU and memory of one cannot be told and are not shown. */
function counter(lines: string[], name: string, help: string, value: number): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`, `${name}{device="sim0"} ${value}`);
}

/** The exporter's buckets for the sizes of rooms. */
const BUCKETS = [0, 1, 5, 15, 30, 60, 90, 120, 150, 200, 250, 300, 400, 500] as const;

function gauge(lines: string[], name: string, help: string, value: number): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`);
}

function gaugeHistogram(lines: string[], name: string, values: readonly number[]): void {
  lines.push(`# HELP ${name} Rooms by size`, `# TYPE ${name} histogram`);
  for (const bound of BUCKETS) lines.push(`${name}_bucket{le="${bound}"} ${values.filter((value) => value <= bound).length}`);
  lines.push(`${name}_bucket{le="+Inf"} ${values.length}`, `${name}_sum ${values.reduce((total, value) => total + value, 0)}`, `${name}_count ${values.length}`);
}
