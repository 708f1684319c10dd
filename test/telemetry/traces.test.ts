import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { openHouse } from '../harness/house.ts';
import { sharedPostgres } from '../harness/postgres.ts';
import { until } from '../harness/until.ts';

/** What a collector of OpenTelemetry hears of one message, from every node. */

type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly node: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: unknown;
};

type Attribute = { readonly key: string; readonly value: { readonly stringValue?: string } };

/** The parts of OTLP in JSON that matter here. */
type Exported = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'node'>[] }[];
  }[];
};

async function collector() {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      expect(request.url).toBe('/v1/traces');
      for (const { resource, scopeSpans } of (JSON.parse(body) as Exported).resourceSpans) {
        const attribute = (key: string) => resource.attributes.find((one) => one.key === key)?.value.stringValue ?? '';
        expect(attribute('service.name')).toBe('parlance');
        const node = attribute('service.instance.id');
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, node }))));
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('one message is one trace over all nodes: sent and committed on one, delivered on each', async () => {
  await using receiver = await collector();
  const settings = {
    DATABASE_URL: await (await sharedPostgres()).createDatabase(),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    TRACE_ONE_OF: '1',
  };
  {
    await using first = await openHouse(settings);
    await using second = await openHouse(settings);
    const ann = dial(first.address, 'messaging', { token: first.token({ sub: 'ann' }) });
    const bob = dial(second.address, 'messaging', { token: second.token({ sub: 'bob' }) });
    await Promise.all([ann.connected(), bob.connected()]);
    bob.say('joinRoom', ['tea'], true);
    await until(
      () => bob.heard.some(({ isAck }) => isAck),
      () => 'Bob could not join',
    );
    ann.say('sendMessage', [{ roomId: 'tea', content: 'Secret recipe' }], true);
    await until(
      () => bob.heard.some(({ name }) => name === 'newMessage'),
      () => 'Bob heard nothing',
    );
    await until(
      () => ann.heard.some(({ isAck }) => isAck),
      () => 'Ann was not answered',
    );
    for (const client of [ann, bob]) client.close();
  }
  const { spans } = receiver;
  expect(spans.map(({ name }) => name).sort()).toEqual(['commit', 'deliver', 'deliver', 'send']);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const send = spans.find(({ name }) => name === 'send');
  expect(send?.parentSpanId ?? '').toBe('');
  for (const span of spans) if (span !== send) expect(span.parentSpanId).toBe(send?.spanId);
  const delivered = spans.filter(({ name }) => name === 'deliver').map(({ node }) => node);
  expect(new Set(delivered).size).toBe(2);
  expect(delivered).toContain(send?.node);
  for (const { startTimeUnixNano, endTimeUnixNano } of spans)
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
  // Where a message went is told, never what it says.
  expect(JSON.stringify(spans)).toContain('tea');
  expect(JSON.stringify(spans)).not.toContain('Secret');
}, 60_000);

test('of so many messages one is traced, and all nodes agree on which', async () => {
  const { openTraces } = await import('../../src/telemetry-traces.ts');
  await using receiver = await collector();
  const nodes = ['a', 'b'].map((node) =>
    openTraces({ endpoint: receiver.endpoint, oneOf: 10, node, epoch: 'this history' }),
  );
  for (let position = 1; position <= 1000; position++)
    for (const node of nodes) node.heard({ position, conversationId: 'c', senderId: 's' })?.();
  for (const node of nodes) await node[Symbol.asyncDispose]();
  const tracesOf = (node: string) =>
    new Set(receiver.spans.filter((span) => span.node === node).map(({ traceId }) => traceId));
  expect(tracesOf('a')).toEqual(tracesOf('b'));
  expect(tracesOf('a').size).toBeGreaterThan(50);
  expect(tracesOf('a').size).toBeLessThan(200);
});
