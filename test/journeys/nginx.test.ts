// The real nginx as upstream: it ends each HTTP/2 session after a number of requests, and loses nobody's request by that.
// Must not know how the gate asks again.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { freePort } from '../support/ports.ts';
import { start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { requireTool } from '../support/tools.ts';
import { untilTrue } from '../support/until.ts';

const CLIENTS = 6;
const EACH = 40;

test('R-66 D1 no request is lost where nginx ends its sessions after keepalive_requests', async (t) => {
  const nginx = requireTool(t, 'nginx');
  if (nginx === null) return;
  const authority = await createTestAuthority();
  const port = await freePort();
  const folder = await tempDir(t);
  const leaf = await authority.issue({ names: UPSTREAM_NAMES });
  writeFileSync(join(folder, 'leaf.pem'), String(leaf.cert));
  writeFileSync(join(folder, 'leaf.key'), String(leaf.key));
  writeFileSync(join(folder, 'nginx.conf'), configuration(port));
  start(t, [nginx, '-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')]);
  await untilTrue(() => answers(port), 'nginx does not listen');
  const office = await startOffice(t, { authority, upstreamPort: port });
  const asked = Array.from({ length: CLIENTS }, async () => {
    const session = await insideHttp2(t, office);
    return Promise.all(Array.from({ length: EACH }, () => askHttp2(session, { ':path': '/' })));
  });
  const all = (await Promise.all(asked)).flat();
  assert.equal(
    all.filter(({ status, body }) => status === 200 && body.toString() === 'ok').length,
    CLIENTS * EACH,
  );
  const repeated = office.gate
    .events()
    .filter((event) => event.kind === 'outcome' && event.repeats !== undefined);
  assert.ok(repeated.length > 0, 'nginx refused nothing');
});

function configuration(port: number): string {
  return `daemon off; master_process off; pid nginx.pid; error_log error.log;
events {}
http {
  access_log off;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate leaf.pem; ssl_certificate_key leaf.key;
    keepalive_requests 10;
    location / { return 200 ok; }
  }
}
`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
