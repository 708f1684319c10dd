import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** What browsers are told: which pages may call, and what our own pages may load. */

export type HeaderOptions = {
  readonly publicUrl: string | undefined;
  /** Origins whose pages may send credentials. */
  readonly allowedOrigins: readonly string[];
  /** Where our pages may also show files from: that of a store that downloads are redirected to. */
  readonly fileOrigin: string | undefined;
};

export async function addSecurityHeaders(app: FastifyInstance, options: HeaderOptions): Promise<void> {
  const isSecure = options.publicUrl?.startsWith('https:') === true;
  const files = options.fileOrigin;
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        frameAncestors: ["'self'", ...options.allowedOrigins],
        // This, and the next, would turn a server that is reached by plain http, as on a first day, into blank pages.
        ...(isSecure ? {} : { upgradeInsecureRequests: null }),
        ...(files === undefined ? {} : { imgSrc: ["'self'", 'data:', files], mediaSrc: ["'self'", files] }),
      },
    },
    strictTransportSecurity: isSecure ? { includeSubDomains: false } : false,
  });

  const trusted = new Set(options.allowedOrigins);
  await app.register(cors, {
    // Tokens travel in headers that a page must know, so any page may call; cookies only from origins we were told of.
    delegator: (request: FastifyRequest, done) => {
      const { origin } = request.headers;
      done(null, {
        origin: origin !== undefined,
        credentials: origin !== undefined && trusted.has(origin),
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        exposedHeaders: ['Retry-After', 'Content-Range', 'Content-Disposition'],
        maxAge: 600,
        strictPreflight: false,
      });
    },
  });
}

/** Where addresses that we hand out begin: PUBLIC_URL, else the host that the request was sent to. */
export function baseUrlFrom(publicUrl: string | undefined): (request: FastifyRequest) => string {
  const fixed = publicUrl?.replace(/\/+$/, '');
  return (request) => {
    if (fixed !== undefined) return fixed;
    const { host } = request;
    return `${request.protocol}://${/^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host) ? host : 'localhost'}`;
  };
}
