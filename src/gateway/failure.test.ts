// Tests of failures: what they carry as data, and that their table names each code's own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayFailure } from './failure.ts';
import { FAILURES } from './failure-table.ts';

describe('GatewayFailure', () => {
  const failures: readonly {
    readonly name: string;
    readonly failure: GatewayFailure;
    readonly says: readonly [
      detail: string,
      status: number,
      retryAfterSeconds: number | null,
      fault: string | null,
    ];
  }[] = [
    {
      name: 'has status and retry of its row',
      failure: new GatewayFailure('overloaded', 'accept', 'more than 7 connections'),
      says: ['more than 7 connections', 503, 1, null],
    },
    {
      name: 'says when to come again by what it was given, not by its words',
      failure: new GatewayFailure('credentials-wait', 'identify', {
        detail: '3 tries in 60 s',
        retryAfterSeconds: 17,
      }),
      says: ['3 tries in 60 s', 429, 17, null],
    },
    {
      name: 'says nothing of when to come again where nobody knows',
      failure: new GatewayFailure('connect-failed', 'splice', 'wait 9 s'),
      says: ['wait 9 s', 502, null, null],
    },
    {
      name: 'leads its detail with the code of a fault, and a client of HTTP has its status',
      failure: new GatewayFailure('bad-request', 'request', { code: 'head-too-large', detail: 'too much' }),
      says: ['head-too-large: too much', 431, null, 'head-too-large'],
    },
    {
      name: 'keeps its own status where the fault is of upstream',
      failure: new GatewayFailure('bad-response', 'response', { code: 'head-too-large', detail: 'too much' }),
      says: ['head-too-large: too much', 502, null, 'head-too-large'],
    },
    {
      name: 'does not take a fault out of words',
      failure: new GatewayFailure('bad-request', 'request', 'head-too-large: is what it said'),
      says: ['head-too-large: is what it said', 400, null, null],
    },
    {
      name: 'has a status of its own where that tells more',
      failure: new GatewayFailure('bad-request', 'request', { status: 426, detail: 'version 13' }),
      says: ['version 13', 426, null, null],
    },
    {
      name: 'describes the error that was its cause',
      failure: new GatewayFailure(
        'client-tls',
        'intercept',
        Object.assign(new Error('no'), { code: 'ECONNRESET' }),
      ),
      says: ['ECONNRESET: no', 400, null, null],
    },
  ];
  for (const { name, failure, says } of failures)
    test(name, () => {
      const { detail, status, retryAfterSeconds, fault } = failure;
      assert.deepEqual([detail, status, retryAfterSeconds, fault?.code ?? null], says);
    });

  test('keeps its cause', () => {
    const cause = new Error('no');
    assert.equal(new GatewayFailure('client-tls', 'intercept', cause).cause, cause);
  });
});

test('FAILURES answers every code with an error status, and in its own words', () => {
  for (const [code, { is }] of Object.entries(FAILURES)) assert.ok(is.status >= 400 && is.status < 600, code);
  const said = Object.values(FAILURES).map(({ words }) => words);
  assert.equal(new Set(said).size, said.length);
});
