// A webhook's connection goes where it was checked to go, and an unanswered one is told apart from an unheard one.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { isPrivate, reachable } from '../../../workers/effects/address.ts';
import { send } from '../../../workers/effects/http-call.ts';

const servers: net.Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

async function listen(server: net.Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

const call = (port: number, more: { timeoutMs?: number; body?: string } = {}) =>
  send({
    url: `http://shop.invalid:${port}/hook`,
    method: 'POST',
    headers: { 'idempotency-key': 'k1' },
    body: more.body ?? '{}',
    addresses: [{ address: '127.0.0.1', family: 4 }],
    timeoutMs: more.timeoutMs ?? 5_000,
  });

test('the connection goes to the address that was checked, whatever the name resolves to by then', async () => {
  const heard: unknown[] = [];
  const port = await listen(
    http.createServer((request, response) => {
      heard.push([request.headers.host, request.headers['idempotency-key']]);
      response.writeHead(204).end();
    }),
  );
  expect(await call(port)).toEqual({ status: 204 });
  expect(heard).toEqual([[`shop.invalid:${port}`, 'k1']]);
});

test('a redirect is an answer, not a way on', async () => {
  const port = await listen(
    http.createServer((_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
    ),
  );
  expect(await call(port)).toEqual({ status: 302 });
});

test('a port where nobody listens has surely heard nothing', async () => {
  const server = net.createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  expect(await call(port)).toBe('unheard');
});

test('whoever takes the request and hangs up, or says nothing, may have heard it', async () => {
  const hangsUp = await listen(net.createServer((socket) => socket.once('data', () => socket.destroy())));
  const isSilent = await listen(net.createServer((socket) => socket.resume()));
  expect(await call(hangsUp)).toBe('unknown');
  expect(await call(isSilent, { timeoutMs: 300 })).toBe('unknown');
});

test('a header that HTTP does not allow goes nowhere', async () => {
  const outcome = await send({
    url: 'http://127.0.0.1:1/',
    method: 'POST',
    headers: { 'x-a': 'one\r\nx-b: two' },
    body: '',
    addresses: [{ address: '127.0.0.1', family: 4 }],
    timeoutMs: 1_000,
  });
  expect(outcome).toBe('unheard');
});

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '169.254.169.254',
  '192.168.0.1',
  '172.31.255.255',
  '100.64.0.1',
  '0.0.0.0',
  '::1',
  '::',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  'fd00::1',
  'fe80::1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
])('%s belongs to a private network', (address) => expect(isPrivate(address)).toBe(true));

test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111'])('%s does not', (address) =>
  expect(isPrivate(address)).toBe(false),
);

test.each([
  ['http://127.0.0.1/', 'private-address'],
  ['http://2130706433/', 'private-address'],
  ['http://0x7f.1/', 'private-address'],
  ['http://[::ffff:127.0.0.1]/', 'private-address'],
  ['http://localhost/', 'private-address'],
  ['http://user:secret@example.com/', 'bad-url'],
  ['file:///etc/passwd', 'bad-url'],
  ['gopher://127.0.0.1/', 'bad-url'],
  ['not a url', 'bad-url'],
])('%s is refused: %s', async (url, problem) => {
  expect(await reachable(url, { allowPrivateAddresses: false })).toEqual({ problem });
});
