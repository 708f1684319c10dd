// Receives what a webhook is sent, and believes only what is signed and young.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const secret = process.env.WEBHOOK_SECRET;
if (!secret) throw new Error('Set WEBHOOK_SECRET to the secret of the webhook.');
const toleranceSeconds = 300;
const seen = new Set();

function isGenuine(headers, body) {
  const timestamp = String(headers['x-parlance-timestamp']);
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= toleranceSeconds)) return false;
  const expected = `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
  const given = String(headers['x-parlance-signature']);
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
  const event = JSON.parse(body);
  // At least once: what was seen before is taken again, and nothing more.
  if (!seen.has(event.id)) console.log(`${event.type}: ${event.data.message?.text}`);
  seen.add(event.id);
  response.writeHead(204).end();
});

server.listen(Number(process.env.PORT ?? 9000), '127.0.0.1', () => console.log(`at ${server.address().port}`));
process.on('SIGTERM', () => server.close());
