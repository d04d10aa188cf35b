// A webhook's connection goes where it was checked to go, and an unanswered one is told apart from an unheard one.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { isPrivate, reachable } from '../../../workers/http/address.ts';
import { call as callOut, send } from '../../../workers/http/call.ts';

const servers: net.Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

async function listen(server: net.Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

const call = (port: number, more: { timeoutMs?: number; body?: string; readBytes?: number } = {}) =>
  send({
    url: `http://shop.invalid:${port}/hook`,
    method: 'POST',
    headers: { 'idempotency-key': 'k1' },
    body: more.body ?? '{}',
    addresses: [{ address: '127.0.0.1', family: 4 }],
    signal: AbortSignal.timeout(more.timeoutMs ?? 5_000),
    readBytes: more.readBytes ?? 0,
  });

test('the connection goes to the address that was checked, whatever the name resolves to by then', async () => {
  const heard: unknown[] = [];
  const port = await listen(
    http.createServer((request, response) => {
      heard.push([request.headers.host, request.headers['idempotency-key']]);
      response.writeHead(204).end();
    }),
  );
  expect(await call(port)).toMatchObject({ status: 204, body: undefined });
  expect(heard).toEqual([[`shop.invalid:${port}`, 'k1']]);
});

test('a redirect is an answer, not a way on', async () => {
  const port = await listen(
    http.createServer((_request, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
    ),
  );
  expect(await call(port)).toMatchObject({ status: 302 });
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
    signal: AbortSignal.timeout(1_000),
  });
  expect(outcome).toBe('unheard');
});

test('of an answer no more is read than asked for, and a body that breaks off or is too long is none', async () => {
  const port = await listen(
    http.createServer((request, response) => {
      response.writeHead(200, { 'content-length': '10', 'x-limit': '3' });
      if (request.headers['idempotency-key'] !== undefined) response.end('0123456789');
    }),
  );
  expect(await call(port, { readBytes: 10 })).toMatchObject({ status: 200, body: '0123456789' });
  expect(await call(port, { readBytes: 9 })).toMatchObject({ status: 200, body: undefined });
  expect(await call(port)).toMatchObject({ status: 200, body: undefined, headers: { 'x-limit': '3' } });
  const breaksOff = await listen(
    http.createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('01234', () => response.destroy());
    }),
  );
  expect(await call(breaksOff, { readBytes: 10 })).toMatchObject({ status: 200, body: undefined });
  const drips = await listen(
    http.createServer((_request, response) => void response.writeHead(200).write('0')),
  );
  expect(await call(drips, { readBytes: 10, timeoutMs: 300 })).toMatchObject({
    status: 200,
    body: undefined,
  });
});

test('a call checks where it goes before it connects', async () => {
  const heard: string[] = [];
  const port = await listen(
    http.createServer((request, response) => {
      heard.push(request.url ?? '');
      response.end();
    }),
  );
  const request = { method: 'POST', headers: {}, signal: AbortSignal.timeout(5_000) };
  const to = (url: string, allowPrivateAddresses: boolean) =>
    callOut({ ...request, url }, { allowPrivateAddresses });
  expect(await to(`http://127.0.0.1:${port}/a`, false)).toEqual({ problem: 'private-address' });
  expect(await to(`http://127.0.0.1:${port}/b`, true)).toMatchObject({ status: 200 });
  expect(await to('http://nobody.invalid/', true)).toEqual({ problem: 'unknown-host' });
  expect(heard).toEqual(['/b']);
});

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.170',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:8.8.8.8',
  '::7f00:1',
  '100::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'fc00::1',
  'fd12:3456::1',
  'ff02::1',
  '5f00::1',
  '4000::1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::',
  '64:ff9b::1',
  '64:ff9b:1::8.8.8.8',
  '2001::1',
  '2001:0:4136:e378::',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '2001:1ff:ffff::',
  '2002:7f00:1::',
  '2002:808:808::',
  '3fff::1',
  '3fff:fff:ffff::',
  '',
  'localhost',
  '127.1',
  '2130706433',
  '[::1]',
  '2606:4700::1111%1',
])('%s does not belong to the public network', (address) => expect(isPrivate(address)).toBe(true));

test.each([
  '8.8.8.8',
  '172.32.0.1',
  '192.0.1.1',
  '198.20.0.1',
  '223.255.255.255',
  '100.128.0.1',
  '2606:4700::1111',
  '2400:3200::1',
  '2001:200::1',
  '2001:db9::1',
  '2003::1',
  '3ffe::1',
  '2000::1',
  '64:ff9b::808:808',
  '64:ff9b::8.8.8.8',
  '64:FF9B:0::808:808',
])('%s does', (address) => expect(isPrivate(address)).toBe(false));

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
