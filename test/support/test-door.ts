// By which door the clients of a test come: HTTP, unless the run says SOCKS5. Must not know how either is spoken.
import { TEST_DOOR } from '../../tools/by-both-doors.ts';

export type TestDoor = 'proxy' | 'socks';

export function testDoor(): TestDoor {
  return process.env[TEST_DOOR] === 'socks' ? 'socks' : 'proxy';
}
