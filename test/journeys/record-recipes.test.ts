// The recipes of docs/record.md, run as they stand on the page, on a record in a folder named audit.
// Must not know what they say about it.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, runToEnd } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { requireTool } from '../support/tools.ts';

const page = readFileSync(join(ROOT, 'docs', 'record.md'), 'utf8');

/** The commands below a comment of the page's block of recipes. */
function recipe(title: string): string {
  const [, text] = new RegExp(`\n# ${title}\n([^]*?)\n(?:\n|\`\`\`)`).exec(page) ?? [];
  assert.ok(text !== undefined, `docs/record.md has no recipe "${title}"`);
  return text;
}

interface Asked {
  readonly id: string;
  readonly user: string;
  readonly path: string;
  readonly said: 'refused' | null;
}

const TIME = '2026-11-21T10:00:00.000Z';

function linesOf({ id, user, path, said }: Asked): string {
  const common = { v: 1, at: TIME, id, stage: 'request', listener: 'staff' };
  const client = { address: '10.1.2.3', port: 1, user, userAgent: null };
  const request = { method: 'GET', path, tokenKind: 'ghp', tokenPrint: '9f2c61d07a3e' };
  const decision = { ...common, kind: 'decision', client, request, verdict: 'forward', signs: [] };
  const outcome = {
    ...common,
    kind: 'outcome',
    client,
    status: said === null ? 200 : 403,
    vendor: 'github',
    said,
  };
  return `${JSON.stringify(decision)}\n${JSON.stringify(outcome)}\n`;
}

function recordOf(requests: number): readonly Asked[] {
  return Array.from({ length: requests }, (_, at) => ({
    ...{ id: `k3f9q2-${at.toString(36)}.1`, user: `u${at % 7}`, path: `/p/${at}` },
    said: at % (requests / 4) === 0 ? ('refused' as const) : null,
  }));
}

// A recipe that joins in quadratic time takes ten minutes and more for so many lines; this one takes seconds.
test('C9 the recipe for whom GitHub refused finds them among 200,000 lines', {
  timeout: 60_000,
}, async (t) => {
  if (requireTool(t, 'jq') === null) return;
  const dir = await tempDir(t);
  mkdirSync(join(dir, 'audit'));
  const asked = recordOf(100_000);
  const file = join(dir, 'audit', 'audit-2026-11-21-k3f9q2.jsonl');
  writeFileSync(file, asked.map(linesOf).join(''));
  const command = recipe('Whom GitHub refused because the account is not of the enterprise');
  const ended = await runToEnd(t, ['sh', '-c', command], { cwd: dir });
  assert.equal(ended.status, 0, ended.stderr);
  assert.deepEqual(
    new Set(ended.stdout.trim().split('\n')),
    new Set(
      asked.flatMap(({ user, path, said }) => (said === null ? [] : [`${TIME}\t${user}\t${path}\tghp`])),
    ),
  );
});

const SMALL: readonly (readonly [title: string, found: number])[] = [
  ['What was blocked today, and by which rule', 0],
  ['Who sends the restriction header by himself', 0],
  ['Everything that one token did, without knowing the token', 8],
];

for (const [title, found] of SMALL) {
  test(`C9 the recipe "${title}" runs as it stands`, async (t) => {
    if (requireTool(t, 'jq') === null) return;
    const dir = await tempDir(t);
    mkdirSync(join(dir, 'audit'));
    const text = recordOf(8).map(linesOf).join('');
    writeFileSync(join(dir, 'audit', 'audit-2026-11-21-k3f9q2.jsonl'), text);
    const ended = await runToEnd(t, ['sh', '-c', recipe(title)], { cwd: dir });
    assert.equal(ended.status, 0, ended.stderr);
    assert.equal(ended.stdout.split('\n').length - 1, found);
  });
}
