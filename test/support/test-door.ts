// By which door the clients of a test come: HTTP, unless the run says SOCKS5. Must not know how either is spoken.

export type TestDoor = 'proxy' | 'socks';

/** The variable that says it, for a process and its children. */
export const TEST_DOOR = 'GATEWRIGHT_TEST_DOOR';

export function testDoor(): TestDoor {
  return process.env[TEST_DOOR] === 'socks' ? 'socks' : 'proxy';
}
