// What one worker may use of limits that are the whole gate's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from './limits.ts';
import { limitsShare } from './limits-share.ts';

test('limitsShare() divides what is counted over time and upstream, and leaves what is counted together or alone', () => {
  const limits = defaultLimits();
  assert.deepEqual(limitsShare(limits, 1), limits);
  const share = limitsShare({ ...limits, leavesPerMinute: 7 }, 4);
  assert.equal(share.leavesPerMinute, 2);
  assert.equal(share.poolConnections, limits.poolConnections / 4);
  // The workers tell each other of these.
  assert.equal(share.connections, limits.connections);
  assert.equal(share.connectionsPerClient, limits.connectionsPerClient);
  assert.equal(share.headBytes, limits.headBytes);
});
