import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Attributes, ROOT_CONTEXT, TraceFlags, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

/**
 * Traces of messages over all nodes, for OpenTelemetry. Nothing is carried along: the ids of a message's trace are made from the
 * log's epoch and its position, so that every node that hears of it knows them by itself, and knows alike whether it is traced.
 */

/** A message as a trace shows it; no text, no name. */
export type TracedMessage = { readonly position: number; readonly conversationId: string; readonly senderId: string };

export interface Traces extends AsyncDisposable {
  /** This node has committed it: when it left for the store, and when it was on disk, both as `Date.now()` says. */
  committed(message: TracedMessage, leftAtMs: number, doneAtMs: number): void;
  /** This node hears of it and is about to tell its connections; call what is returned once they are told. */
  heard(message: TracedMessage): (() => void) | undefined;
}

export type TraceOptions = {
  /** Where the collector takes OTLP over HTTP: `http://localhost:4318`. */
  readonly endpoint: string;
  /** Of so many messages one is traced; 1 traces all. */
  readonly oneOf: number;
  readonly node: string;
  readonly epoch: string;
};

/** How long a server that stops waits for the collector to take the last spans. */
const flushTimeoutMs = 1_000;

export function openTraces({ endpoint, oneOf, node, epoch }: TraceOptions): Traces {
  // The first span of a trace takes its ids from here; all others get theirs from it, and a random one of their own.
  let root: { readonly traceId: string; readonly spanId: string } | undefined;
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'parlance', 'service.instance.id': node }),
    idGenerator: {
      generateTraceId: () => root?.traceId ?? randomBytes(16).toString('hex'),
      generateSpanId: () => root?.spanId ?? randomBytes(8).toString('hex'),
    },
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }))],
  });
  const tracer: Tracer = provider.getTracer('parlance');

  const idsOf = (position: number): { traceId: string; spanId: string } | undefined => {
    const digest = createHash('sha256').update(`${epoch} ${position}`).digest();
    if (digest.readUInt32BE(24) % oneOf !== 0) return undefined;
    return { traceId: digest.toString('hex', 0, 16), spanId: digest.toString('hex', 16, 24) };
  };
  const within = (ids: { traceId: string; spanId: string }, isRemote: boolean) =>
    trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: TraceFlags.SAMPLED, isRemote });

  return {
    committed(message, leftAtMs, doneAtMs) {
      const ids = idsOf(message.position);
      if (!ids) return;
      const attributes = attributesOf(message);
      root = ids;
      const span = tracer.startSpan('send', { root: true, startTime: leftAtMs, attributes }, ROOT_CONTEXT);
      root = undefined;
      tracer.startSpan('commit', { startTime: leftAtMs, attributes }, within(ids, false)).end(doneAtMs);
      span.end(Date.now());
    },
    heard(message) {
      const ids = idsOf(message.position);
      if (!ids) return undefined;
      const span = tracer.startSpan('deliver', { attributes: attributesOf(message) }, within(ids, true));
      return () => span.end();
    },
    async [Symbol.asyncDispose]() {
      // A collector that does not answer loses the last of them: a server that stops waits for it no longer than this.
      await Promise.race([provider.shutdown().catch(() => undefined), wait(flushTimeoutMs, undefined, { ref: false })]);
    },
  };
}

const attributesOf = ({ position, conversationId, senderId }: TracedMessage): Attributes => ({
  'parlance.position': position,
  'parlance.conversation': conversationId,
  'parlance.sender': senderId,
});
