// Carries connections from a TCP port of this host to one cluster's API socket; ends by itself with the cluster. TLS stays end to end.
import { existsSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

const [folder, socketPath, host, port] = process.argv.slice(2) as [string, string, string, string];
const CLUSTER_CHECK_MS = 2_000;

const server = createServer({ allowHalfOpen: true }, (client) => {
  const upstream = connect({ path: socketPath, allowHalfOpen: true });
  const end = () => {
    client.destroy();
    upstream.destroy();
  };
  client.on('error', end);
  upstream.on('error', end);
  client.pipe(upstream);
  upstream.pipe(client);
});

server.on('error', (error) => {
  process.stdout.write(JSON.stringify({ error: error.message }), () => process.exit(1));
});

server.listen({ host, port: Number(port) }, () => {
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : 0;
  writeFileSync(join(folder, 'forwarder.json'), JSON.stringify({ pid: process.pid, host, port: bound }));
  process.stdout.write(JSON.stringify({ port: bound }));
});

// `cluster down` removes the folder: that is the sign to go.
setInterval(() => {
  if (!existsSync(folder)) process.exit(0);
}, CLUSTER_CHECK_MS);
