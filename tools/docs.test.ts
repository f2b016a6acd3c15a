// Pages and code name the same commands, codes and requirements; and the rule that says so goes red.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandNames } from '../src/cli/program.ts';
import { processTerminal } from '../src/cli/terminal.ts';
import { REASON_CODES } from '../src/core/policy/decision.ts';
import { WARNING_CODES } from '../src/core/policy/language/warnings.ts';
import { CLIENT_HELLO_FAULTS } from '../src/core/wire/client-hello.ts';
import { HTTP1_FAULTS } from '../src/core/wire/http1-faults.ts';
import { PROXY_HEADER_FAULTS } from '../src/core/wire/proxy-protocol.ts';
import { SOCKS_FAULTS } from '../src/core/wire/socks5.ts';
import { FRAME_FAULTS } from '../src/core/wire/websocket-frames.ts';
import { FAILURES, type FailureRow } from '../src/gateway/failure-table.ts';
import { CERTIFICATE_FAULTS } from '../src/gateway/upstream/certificate-fault.ts';
import { disagreements } from './rules/docs.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const terminal = processTerminal();
const loadActs = () => Promise.reject(new Error('names need no shell'));

const PAGES: readonly (readonly [page: string, column: string, list: string, known: readonly string[]])[] = [
  ['docs/cli.md', 'command', 'the commands', commandNames({ terminal, loadActs, end: () => {} })],
  ['docs/errors.md', 'code', 'FAILURES', Object.keys(FAILURES)],
  ['docs/errors.md', 'certificate fault', 'CERTIFICATE_FAULTS', CERTIFICATE_FAULTS],
  ['docs/errors.md', 'frame fault', 'FRAME_FAULTS', FRAME_FAULTS],
  ['docs/errors.md', 'fault', 'HTTP1_FAULTS', HTTP1_FAULTS],
  ['docs/errors.md', 'hello fault', 'CLIENT_HELLO_FAULTS', CLIENT_HELLO_FAULTS],
  ['docs/errors.md', 'proxy fault', 'PROXY_HEADER_FAULTS', PROXY_HEADER_FAULTS],
  ['docs/errors.md', 'SOCKS fault', 'SOCKS_FAULTS', SOCKS_FAULTS],
  ['docs/policy.md', 'reason', 'REASON_CODES', REASON_CODES],
  ['docs/policy.md', 'warning', 'WARNING_CODES', WARNING_CODES],
];

for (const [page, column, list, known] of PAGES) {
  test(`${page} has a row for each of ${list}, and no other`, () => {
    const path = join(root, page);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : null;
    assert.deepEqual(disagreements({ page, text, column, known, list }), []);
  });
}

test('docs/errors.md says of each failure what its row of the table says', () => {
  const written = readFileSync(join(root, 'docs/errors.md'), 'utf8').split('\n');
  const first = written.findIndex((line) => line.startsWith('| code |')) + 2;
  const told = Object.entries(FAILURES).map(failureLine);
  // By side in the page, by the way of a connection in the table.
  assert.deepEqual(written.slice(first, first + told.length).sort(), told.sort());
});

function failureLine([code, { is, docs }]: readonly [string, FailureRow]): string {
  const cells = [`\`${code}\``, is.side, is.status, `\`${is.error}\``, is.brief ? '1 s' : '', docs];
  return `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
}

const table = (...names: readonly string[]): string =>
  [
    '| code | what |',
    '|---|---|',
    ...names.map((name) => `| \`${name}\` | x |`),
    '',
    '| other |',
    '|---|',
    '| `x` |',
  ].join('\n');

const ROWS: readonly (readonly [name: string, text: string | null, lines: readonly number[]])[] = [
  ['a page that has all', table('a', 'b'), []],
  ['a missing page', null, [1]],
  ['a missing row', table('a'), [1]],
  ['a row too many', table('a', 'b', 'c'), [5]],
  ['a row twice', table('a', 'b', 'a'), [5]],
];

for (const [name, text, lines] of ROWS) {
  test(`disagreements() judges ${name}`, () => {
    const found = disagreements({ page: 'p.md', text, column: 'code', known: ['a', 'b'], list: 'CODES' });
    assert.deepEqual(
      found.map(({ line }) => line),
      lines,
    );
  });
}
