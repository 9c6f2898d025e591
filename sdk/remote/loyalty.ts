// The stage loyalty as an HTTP service. Node from 22.18: node loyalty.ts [PORT]. Older ones:
// esbuild loyalty.ts | node - [PORT]. See docs/remote-stage.md.
import { createServer, type IncomingMessage } from 'node:http';

type Order = { total?: string; items: { sku: string; qty: number; unit_price?: string }[] };
type Answer = { status: number; type: string; data: object };

const centsPerPoint = 100;

async function read(request: IncomingMessage): Promise<Order> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

const problem = (status: number, detail: string): Answer => ({ status, type: 'application/problem+json', data: { detail } });

function handle(order: Order): Answer {
  if (order.items.some((item) => item.sku === 'NO-POINTS')) return problem(422, 'NO-POINTS earns no points');
  const cents = Number((order.total ?? '0.00').replace('.', ''));
  return { status: 200, type: 'application/json', data: { points: Math.floor(cents / centsPerPoint) } };
}

const server = createServer(async (request, response) => {
  const { status, type, data } = await read(request).then(handle).catch((error) => problem(400, `this is no order: ${error}`));
  const body = Buffer.from(JSON.stringify(data));
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length }).end(body);
});

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as { port: number }).port}/`);
});
