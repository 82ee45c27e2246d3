import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { isSigned, type LivekitKey } from './token.js';

const track = z.object({ sid: z.string(), name: z.string().default(''), source: z.string().default('UNKNOWN') });
const shape = z.object({
  event: z.string(),
  room: z.object({ name: z.string() }).optional(),
  participant: z.object({ sid: z.string(), identity: z.string() }).optional(),
  track: track.optional(),
});

/** What LiveKit says of a room; bbb-webrtc-sfu hears the same in a real server. */
export interface LivekitEvent {
  readonly event: 'participant_joined' | 'participant_left' | 'track_published' | 'track_unpublished';
  readonly room: string;
  readonly identity: string;
  readonly participantSid: string;
  readonly track: z.infer<typeof track> | undefined;
}

const KNOWN: ReadonlySet<string> = new Set(['participant_joined', 'participant_left', 'track_published', 'track_unpublished'] satisfies LivekitEvent['event'][]);
const MAX_BODY_BYTES = 256 * 1024;

/** Listens for the webhooks of our livekit-server on the loopback; others are turned away. */
export async function listenForWebhooks(key: LivekitKey, heard: (event: LivekitEvent) => void): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const event = read(body, request.headers.authorization ?? '', key);
      response.writeHead(event === 'refused' ? 401 : 200).end();
      if (typeof event === 'object') heard(event);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}

function read(body: string, authorization: string, key: LivekitKey): LivekitEvent | 'refused' | undefined {
  let value: unknown;
  try {
    if (!isSigned(authorization.replace(/^Bearer /, ''), body, key)) return 'refused';
    value = JSON.parse(body);
  } catch {
    return 'refused';
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) return undefined;
  const { event, room, participant, track: about } = parsed.data;
  if (!KNOWN.has(event) || !room || !participant) return undefined;
  return { event: event as LivekitEvent['event'], room: room.name, identity: participant.identity, participantSid: participant.sid, track: about };
}
