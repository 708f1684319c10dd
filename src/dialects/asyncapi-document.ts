import type { TSchema } from 'typebox';
import type { Json } from '../core/model.ts';
import type { CloseReason } from './dialect.ts';

/** The parts of an AsyncAPI 3 document that ours have (https://www.asyncapi.com/docs/reference/specification/v3.0.0). */

/** What a message's id begins with: `client.` is said by clients, `server.` heard by them, `ack.` answers an acknowledgement. */
export type MessageId = `${'client' | 'server' | 'ack'}.${string}`;

export type Ref = { readonly $ref: string };

export type Message = {
  readonly name?: string;
  readonly title: string;
  readonly summary: string;
  readonly description?: string;
  readonly contentType: string;
  readonly payload: TSchema;
  readonly examples?: readonly { readonly payload: Json }[];
  readonly 'x-refusals'?: readonly { readonly code: string; readonly words: string }[];
};

export type Operation = {
  readonly action: 'receive' | 'send';
  readonly channel: Ref;
  readonly title: string;
  readonly summary: string;
  readonly messages: readonly Ref[];
  readonly reply?: { readonly channel: Ref; readonly messages: readonly Ref[] };
};

export type CloseRow = {
  readonly reason: CloseReason;
  /** Socket.IO: whether clients come back by themselves. WebSocket: whether coming back, with a new token if need be, helps. */
  readonly comesBack: boolean;
  /** Plain WebSockets show them; Socket.IO clients do not. */
  readonly code?: number;
  readonly words?: string;
};

export type AsyncApiDocument = {
  readonly asyncapi: '3.0.0';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string };
  };
  readonly defaultContentType: 'application/json';
  readonly servers: { readonly [name: string]: object };
  readonly channels: {
    readonly connection: {
      readonly address: string;
      readonly title: string;
      readonly description: string;
      readonly messages: { readonly [id: string]: Ref };
      readonly parameters?: object;
      readonly bindings?: object;
      readonly 'x-client-code': string;
      readonly 'x-close-reasons': readonly CloseRow[];
    };
  };
  readonly operations: { readonly [id: string]: Operation };
  readonly components: {
    readonly securitySchemes: object;
    readonly messages: { readonly [id: string]: Message };
  };
};
