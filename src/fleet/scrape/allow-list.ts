/**
 * Names of series that are kept of what servers expose. An exporter may have thousands; these are the ones that say how a server of a
 * conference fleet is doing: node_exporter, bigbluebutton-exporter, bbb-webrtc-sfu (names and meaning: bbb-protocol §8).
 */
const NODE = ['node_cpu_seconds_total', 'node_load1', 'node_memory_MemTotal_bytes', 'node_memory_MemAvailable_bytes', 'node_network_receive_bytes_total', 'node_network_transmit_bytes_total', 'node_network_receive_drop_total', 'node_netstat_Udp_RcvbufErrors', 'node_netstat_Udp_SndbufErrors', 'node_sockstat_TCP_inuse', 'node_sockstat_UDP_inuse'] as const;
const BBB = ['bbb_api_up', 'bbb_meetings', 'bbb_meetings_participants', 'bbb_meetings_listeners', 'bbb_meetings_voice_participants', 'bbb_meetings_video_participants'] as const;
const SFU = ['sfu_websockets', 'sfu_module_status', 'sfu_module_crashes', 'sfu_audio_sessions', 'sfu_video_sessions', 'sfu_screenshare_sessions', 'sfu_audio_errors_total', 'sfu_video_errors_total', 'sfu_screenshare_errors_total', 'mcs_users', 'mcs_media_sessions', 'mediasoup_workers', 'mediasoup_transports', 'mediasoup_producers', 'mediasoup_consumers', 'mediasoup_worker_crashes', 'mediasoup_transport_dtls_errors', 'mediasoup_transport_ice_errors'] as const;

export const DEFAULT_SERIES: readonly string[] = [...NODE, ...BBB, ...SFU];

/** Whether a series is kept: one of the defaults, or one that the operator asked for besides. */
export function allowed(more: readonly string[]): (name: string) => boolean {
  const names = new Set([...DEFAULT_SERIES, ...more]);
  return (name) => names.has(name);
}
