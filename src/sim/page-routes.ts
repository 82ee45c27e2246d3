import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { builtFile } from '../core/paths.js';

const FILES = [
  { path: '/html5client/', file: 'index.html', type: 'text/html;charset=utf-8' },
  { path: '/html5client/main.js', file: 'main.js', type: 'text/javascript;charset=utf-8' },
  { path: '/html5client/livekit.js', file: 'livekit.js', type: 'text/javascript;charset=utf-8' },
  { path: '/html5client/style.css', file: 'style.css', type: 'text/css;charset=utf-8' },
] as const;

const POLICY = "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; media-src 'self' blob: mediastream:; frame-ancestors 'none'";

/** The simulator's own client page; read once, since every user asks for it. */
export function addPageRoutes(http: FastifyInstance): void {
  for (const { path, file, type } of FILES) {
    let content: Buffer | undefined;
    http.get(path, (_request, reply) => {
      content ??= readFileSync(builtFile(`sim/page/${file}`));
      return reply.header('content-security-policy', POLICY).header('cache-control', 'public, max-age=3600').type(type).send(content);
    });
  }
}
