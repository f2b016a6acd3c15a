// Tests of what a splice must not lead to, where DNS knows, does not know, or does not say.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDestination } from '../../core/base/destination.ts';
import { parseIpAddress } from '../../core/base/ip-address.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { compilePolicy } from '../../core/policy/compile/compile.ts';
import { parsePolicy } from '../../core/policy/language/parse.ts';
import type { Endpoint, ResolveFault } from '../../ports.ts';
import { frontingFault } from './splice.ts';

const parsed = parsePolicy(
  {
    text: 'version: 1\nrestrict: { enterprises: ["12345"] }\nallow: [{ preset: github }]\notherwise: splice\n',
    file: 'policy.yaml',
  },
  { timeZone: 'UTC' },
);
assert.ok(parsed.ok);
const policy = compilePolicy(parsed.value, { revision: 'r1' });
const target = parseDestination('neighbour.example:443');

function at(text: string, mapped: Endpoint['mapped'] = 'no', port = 443): Endpoint {
  const address = parseIpAddress(text);
  assert.ok(address.ok);
  return { address: address.value, port, mapped };
}

/** Why a splice to `endpoint` is refused while stamped hosts resolve so; null when it is not. */
async function fault(endpoint: Endpoint, stamped: Result<readonly Endpoint[], ResolveFault>) {
  assert.ok(target.kind === 'name');
  const source = { current: () => policy, onChange: () => () => undefined };
  const resolver = { resolve: async () => stamped };
  return (await frontingFault({ policy: source, resolver }, target, [endpoint]))?.code ?? null;
}

const failed = (code: ResolveFault['code'], answer: ResolveFault['answer']) =>
  err({ code, answer, detail: 'as DNS says' });

describe('R-43 frontingFault()', () => {
  const elsewhere = at('192.0.2.9');
  const rows = [
    ['is null elsewhere', elsewhere, ok([at('192.0.2.1')]), null],
    ['refuses the same address', at('192.0.2.1'), ok([at('192.0.2.1')]), 'splice-address'],
    ['refuses it behind NAT64', at('64:ff9b::c000:201'), ok([at('192.0.2.1')]), 'splice-address'],
    [
      'refuses it where only the stamped host is behind NAT64',
      at('192.0.2.1'),
      ok([at('64:ff9b::c000:201')]),
      'splice-address',
    ],
    ['is null where the stamped host has no address', elsewhere, failed('dns-failed', 'known'), null],
    [
      'refuses where DNS fails for the stamped host (R-56)',
      elsewhere,
      failed('dns-failed', 'unknown'),
      'dns-failed',
    ],
    ['refuses where DNS is silent of it (R-56)', elsewhere, failed('dns-timeout', 'unknown'), 'dns-timeout'],
    [
      'is null for a mapped place where DNS fails',
      at('192.0.2.9', 'name'),
      failed('dns-failed', 'unknown'),
      null,
    ],
    [
      'refuses a mapped place too where DNS is silent (R-56)',
      at('192.0.2.9', 'name'),
      failed('dns-timeout', 'unknown'),
      'dns-timeout',
    ],
    [
      'is null where the map leads both to one address, to ports of their own',
      at('192.0.2.1', 'name', 8443),
      ok([at('192.0.2.1', 'name', 9443)]),
      null,
    ],
    [
      'refuses where the map leads both to one address and port',
      at('192.0.2.1', 'name', 8443),
      ok([at('192.0.2.1', 'wildcard', 8443)]),
      'splice-address',
    ],
    [
      'refuses one address whatever the port where the map led only the destination',
      at('192.0.2.1', 'name', 8443),
      ok([at('192.0.2.1')]),
      'splice-address',
    ],
    [
      'refuses one address whatever the port where the map led only the stamped host',
      at('192.0.2.1'),
      ok([at('192.0.2.1', 'name', 8443)]),
      'splice-address',
    ],
    [
      'is null for what the wildcard of the map leads to, with every other name',
      at('192.0.2.1', 'wildcard', 8443),
      ok([at('192.0.2.1', 'wildcard', 8443)]),
      null,
    ],
  ] as const;
  for (const [words, endpoint, stamped, code] of rows)
    test(words, async () => assert.equal(await fault(endpoint, stamped), code));
});
