import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Bytes over all connections of an HTTP server since its start, those of upgraded WebSockets too. */
export class LineMeter {
  readonly #open = new Set<Socket>();
  #received = 0;
  #sent = 0;

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => {
        this.#open.delete(socket);
        this.#received += socket.bytesRead;
        this.#sent += socket.bytesWritten;
      });
    });
  }

  totals(): { readonly receivedBytes: number; readonly sentBytes: number } {
    let [receivedBytes, sentBytes] = [this.#received, this.#sent];
    for (const { bytesRead, bytesWritten } of this.#open) {
      receivedBytes += bytesRead;
      sentBytes += bytesWritten;
    }
    return { receivedBytes, sentBytes };
  }
}
