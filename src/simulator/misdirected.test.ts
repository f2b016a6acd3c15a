// A handshake that names one host and a request that names another. Must not know who would try.
import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import { freshGithub } from '../../test/support/simulated-github.ts';

test('answerRequest() says 421 when the handshake named another server than the request', async (t) => {
  const github = await freshGithub(t);
  const ask = (servername: string, host: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: github.simulator.port,
        servername,
        ca: github.simulator.caPem,
        agent: false,
        headers: { host },
      };
      request(options, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  assert.equal(await ask('avatars.githubusercontent.com', 'github.com'), 421);
  assert.equal(await ask('github.com', 'github.com'), 200);
});
