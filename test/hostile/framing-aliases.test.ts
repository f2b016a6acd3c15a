// Field names that some server folds into framing, over HTTP/2 and over the bridge of its WebSockets to HTTP/1.1: nothing
// goes up. What HTTP/1.1 makes of them stands among the request heads.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http2';
import { describe, test } from 'node:test';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { insideHttp2, startOffice } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';

const office = await startOffice(fileScope());

const ALIASES = [
  'transfer_encoding',
  'transfer.encoding',
  'content_length',
  'content--length',
  'http_content_length',
];
const ASKED = { ':scheme': 'https', ':authority': 'github.com', ':path': '/x' };
const WAYS: readonly (readonly [name: string, head: OutgoingHttpHeaders])[] = [
  ['a request', { ':method': 'GET', ...ASKED }],
  [
    'a WebSocket',
    { ':method': 'CONNECT', ':protocol': 'websocket', ...ASKED, 'sec-websocket-version': '13' },
  ],
];

describe('R-62 A5 a name that some server folds into framing is refused over HTTP/2:', () => {
  for (const [name, head] of WAYS) {
    for (const alias of ALIASES) {
      test(`${name} with ${alias}`, async (t) => {
        const before = office.twin.requests().length;
        const session = await insideHttp2(t, office);
        const refused = await askHttp2(session, { ...head, [alias]: '5' }, '');
        assert.equal(refused.status, 400);
        assert.notEqual(gateSays(refused.headers).reference, null);
        assert.equal(office.twin.requests().length, before);
        const passed = session.request({ ...head, [`x-${alias}`]: '5' }, { endStream: name === 'a request' });
        const [headers] = await once(passed, 'response');
        assert.equal(headers[':status'], 200);
        passed.close();
        assert.equal(office.twin.requests().length, before + 1);
      });
    }
  }
});
