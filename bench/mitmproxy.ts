// mitmproxy, set up to do the same work. Must not know how it is measured.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContestantKind, ENTERPRISE } from './contestant.ts';
import { freePlace } from './lab.ts';
import { ADDRESSES, SPLICED_HOST } from './origin.ts';
import { pathOf } from './tools.ts';

export const mitmproxy: ContestantKind = {
  name: 'mitmproxy',
  program: 'mitmdump',
  start: async (lab, origin) => {
    const place = await freePlace();
    const { port } = place;
    const dir = join(lab.dir, `mitmproxy-${port}`);
    mkdirSync(dir);
    // It has no table of hosts, so its upstream address is set by a script.
    const script = join(dir, 'upstream.py');
    writeFileSync(
      script,
      `ADDRESSES = ${JSON.stringify(ADDRESSES)}
def server_connect(data):
    host, port = data.server.address
    data.server.address = (ADDRESSES[host], port)
`,
    );
    const options = [
      'connection_strategy=lazy',
      'stream_large_bodies=1m',
      `ssl_verify_upstream_trusted_ca=${origin.certificates.ca}`,
      `modify_headers=/~q/sec-GitHub-allowed-enterprise/${ENTERPRISE}`,
      `ignore_hosts=^${SPLICED_HOST.replaceAll('.', '\\.')}`,
      `confdir=${dir}`,
    ];
    const command = [
      pathOf(lab.programs.mitmdump),
      '-q',
      '--listen-host',
      '127.0.0.1',
      '-p',
      String(port),
      '-s',
      script,
    ];
    const running = await lab.start(
      'proxy',
      [...command, ...options.flatMap((each) => ['--set', each])],
      place,
    );
    return { pid: running.pid, port, credentials: null, stop: () => running.stop() };
  },
};
