import type { IncomingMessage, Server } from 'node:http';

/**
 * Clients may name a whole address where mostly there is a path (RFC 9112, 3.2.2). Called when all that listens on this server is in
 * place, so that only paths reach it.
 */
export function acceptWholeAddresses(server: Server): void {
  server.prependListener('request', keepPath);
  server.prependListener('upgrade', keepPath);
}

function keepPath(request: IncomingMessage): void {
  if (request.url === undefined || request.url.startsWith('/')) return;
  const path = /^(?:https?|wss?):\/\/[^/?#]+(.*)$/i.exec(request.url)?.[1];
  if (path !== undefined) request.url = path.startsWith('/') ? path : `/${path}`;
}
