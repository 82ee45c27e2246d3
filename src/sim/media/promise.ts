import { X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { generate } from 'selfsigned';
import { uniqueToken } from '../../core/random.js';
import type { Identity, Promised } from '../../rtc/peer.js';
import type { TransportParts } from '../../rtc/sdp.js';

/** The simulated fleet is on one machine. */
export const BIND_ADDRESS = '127.0.0.1';
/** RFC 8839 §5.4: at least 4 and 22 characters. */
const UFRAG_LENGTH = 8;
const PWD_LENGTH = 32;

/**
 * What an offer tells a client of a peer that does not exist yet. The peer is made when the answer is here: a peer that hears the
 * client's checks before knows no fingerprint to hold its certificate against, and libdatachannel (0.24), which hands the answer to
 * ICE first, then now and then ends the handshake of a client that did everything right. It also makes us the ICE agent that
 * answers, which is never in the controlling role, like the ICE-lite server that we stand for.
 */
export interface Offer {
  readonly transport: TransportParts;
  /** Gives up the port for the peer that is made now. */
  keep(): Promised;
  /** Nobody answered. */
  withdraw(): void;
}

/** The certificate of a media process, as a mediasoup worker has one for all its transports. */
export async function newIdentity(): Promise<Identity> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'firstbell' }], { keyType: 'ec', curve: 'P-256' });
  return { certificate: cert, key, fingerprint: `sha-256 ${new X509Certificate(cert).fingerprint256}` };
}

/** Rejects when there is no port left. */
export function promise(identity: Identity): Promise<Offer> {
  const iceUfrag = uniqueToken(UFRAG_LENGTH);
  const icePwd = uniqueToken(PWD_LENGTH);
  return new Promise((resolve, reject) => {
    // Holds the port; checks that come early are heard by nobody, and sent again.
    const socket = createSocket('udp4');
    socket.on('error', reject);
    socket.bind(0, BIND_ADDRESS, () => {
      const { port } = socket.address();
      resolve({
        transport: { iceUfrag, icePwd, fingerprint: identity.fingerprint, address: BIND_ADDRESS, port },
        keep: () => {
          socket.close();
          return { port, iceUfrag, icePwd, identity };
        },
        withdraw: () => socket.close(),
      });
    });
  });
}
