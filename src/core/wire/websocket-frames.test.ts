// Frames of WebSockets, valid and not, whole and byte by byte: what may go on, and why the rest may not.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clientFrame, type FrameWish, serverFrame } from '../../../test/support/websocket-frames.ts';
import { closeFrame, type FrameFaultCode, FrameScanner, reservedBitsOf } from './websocket-frames.ts';

type Side = 'client' | 'server';

function scannerFrom(from: Side, extensions: readonly string[] = []): FrameScanner {
  return new FrameScanner({ from, reserved: reservedBitsOf(extensions) });
}

/** Everything that goes on, and the fault, when the bytes come in pieces of this size. */
function scanned(
  scanner: FrameScanner,
  bytes: Buffer,
  size: number,
): { passed: Buffer; fault: string | null } {
  const passed: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const step = scanner.push(bytes.subarray(at, at + size));
    passed.push(...step.passed);
    if (step.fault !== null) return { passed: Buffer.concat(passed), fault: step.fault.code };
  }
  return { passed: Buffer.concat(passed), fault: null };
}

const SIZES = [1, 2, 3, 5, 1 << 20];
const KEY = [0x37, 0xfa, 0x21, 0x3d];
const framesOf = (from: Side, wishes: readonly FrameWish[]): Buffer =>
  Buffer.concat(
    wishes.map((wish) => (from === 'client' ? clientFrame({ mask: KEY, ...wish }) : serverFrame(wish))),
  );
const code = (number: number, reason = ''): Buffer =>
  Buffer.concat([Buffer.of(number >> 8, number & 255), Buffer.from(reason)]);

const valid: readonly { name: string; wishes: readonly FrameWish[]; extensions?: string }[] = [
  { name: 'a text', wishes: [{}] },
  {
    name: 'messages of every length of a length',
    wishes: [0, 125, 126, 65_535, 65_536].map((bytes) => ({ first: 0x82, payload: Buffer.alloc(bytes, 7) })),
  },
  {
    name: 'a message in fragments with controls between',
    wishes: [
      { first: 0x01 },
      { first: 0x89, payload: '' },
      { first: 0x00 },
      { first: 0x8a, payload: 'x'.repeat(125) },
      { first: 0x80 },
    ],
  },
  { name: 'a Close without a code', wishes: [{ first: 0x88, payload: '' }] },
  ...[1000, 1001, 1002, 1003, 1007, 1014, 3000, 4999].map((number) => ({
    name: `a Close of ${number}`,
    wishes: [{ first: 0x88, payload: code(number, 'why') }],
  })),
  {
    name: 'a Pong behind a Close',
    wishes: [
      { first: 0x88, payload: code(1000) },
      { first: 0x8a, payload: '' },
    ],
  },
  {
    name: 'compressed messages',
    extensions: 'permessage-deflate; client_max_window_bits=15',
    wishes: [{ first: 0xc1 }, { first: 0x42 }, { first: 0x80 }],
  },
  {
    name: 'bits of an extension that nobody here knows',
    extensions: 'x-other, permessage-deflate',
    wishes: [{ first: 0xf1 }, { first: 0xb9 }],
  },
];

const faults: readonly {
  name: string;
  wishes: readonly FrameWish[];
  fault: FrameFaultCode;
  extensions?: string;
}[] = [
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    name: `opcode ${opcode}`,
    wishes: [{ first: 0x80 | opcode }],
    fault: 'bad-opcode' as const,
  })),
  ...[0x40, 0x20, 0x10].map((bit) => ({
    name: `reserved bit ${bit}`,
    wishes: [{ first: 0x81 | bit }],
    fault: 'bad-reserved-bits' as const,
  })),
  {
    name: 'a reserved bit of compression in a continuation',
    extensions: 'permessage-deflate',
    wishes: [{ first: 0x41 }, { first: 0xc0 }],
    fault: 'bad-reserved-bits',
  },
  {
    name: 'a reserved bit of compression in a Ping',
    extensions: 'permessage-deflate',
    wishes: [{ first: 0xc9 }],
    fault: 'bad-reserved-bits',
  },
  {
    name: 'a reserved bit that is not that of compression',
    extensions: 'permessage-deflate',
    wishes: [{ first: 0xa1 }],
    fault: 'bad-reserved-bits',
  },
  { name: 'a Ping in fragments', wishes: [{ first: 0x09 }], fault: 'bad-control-frame' },
  {
    name: 'a Ping of 126 bytes',
    wishes: [{ first: 0x89, payload: 'x'.repeat(126) }],
    fault: 'bad-control-frame',
  },
  { name: 'a continuation of nothing', wishes: [{ first: 0x80 }], fault: 'bad-fragment' },
  {
    name: 'a continuation of a message that is over',
    wishes: [{ first: 0x01 }, { first: 0x80 }, { first: 0x80 }],
    fault: 'bad-fragment',
  },
  { name: 'a message within a message', wishes: [{ first: 0x01 }, { first: 0x81 }], fault: 'bad-fragment' },
  { name: 'a short length in two bytes', wishes: [{ lengthBytes: 2 }], fault: 'bad-length' },
  {
    name: 'a short length in eight bytes',
    wishes: [{ payload: 'x'.repeat(200), lengthBytes: 8 }],
    fault: 'bad-length',
  },
  { name: 'a Close of one byte', wishes: [{ first: 0x88, payload: 'x' }], fault: 'bad-close-code' },
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map((number) => ({
    name: `a Close of ${number}`,
    wishes: [{ first: 0x88, payload: code(number) }],
    fault: 'bad-close-code' as const,
  })),
  {
    name: 'a text behind a Close',
    wishes: [{ first: 0x88, payload: code(1000) }, {}],
    fault: 'data-after-close',
  },
];

describe('R-64 A7 FrameScanner', () => {
  for (const from of ['client', 'server'] as const) {
    for (const { name, wishes, extensions } of valid) {
      test(`lets ${name} through as it came, from the ${from}, in pieces of any size`, () => {
        const bytes = framesOf(from, wishes);
        for (const size of SIZES) {
          const scanner = scannerFrom(from, extensions === undefined ? [] : [extensions]);
          assert.deepEqual(scanned(scanner, bytes, size), { passed: bytes, fault: null });
          assert.equal(scanner.isWhole, true);
        }
      });
    }

    for (const { name, wishes, fault, extensions } of faults) {
      test(`stops at ${name} from the ${from}, before its first byte`, () => {
        const good = framesOf(from, wishes.slice(0, -1));
        const bytes = Buffer.concat([good, framesOf(from, wishes.slice(-1)), framesOf(from, [{}])]);
        for (const size of SIZES) {
          const scanner = scannerFrom(from, extensions === undefined ? [] : [extensions]);
          assert.deepEqual(scanned(scanner, bytes, size), { passed: good, fault });
          assert.deepEqual(scanner.push(framesOf(from, [{}])).passed, []);
        }
      });
    }
  }

  test('takes masked frames from the client alone, and none such from the server', () => {
    for (const size of SIZES) {
      assert.equal(scanned(scannerFrom('client'), serverFrame(), size).fault, 'bad-mask');
      assert.equal(scanned(scannerFrom('server'), clientFrame(), size).fault, 'bad-mask');
    }
  });

  for (const text of [
    'GET / HTTP/1.1\r\nHost: github.com\r\n\r\n',
    'POST /x',
    'HTTP/1.1 200 OK',
    'PRI * HTTP/2.0',
    '\x16\x03\x01',
  ])
    test(`lets nothing of ${JSON.stringify(text)} through`, () => {
      for (const from of ['client', 'server'] as const)
        for (const size of SIZES)
          assert.equal(scanned(scannerFrom(from), Buffer.from(text), size).passed.length, 0);
    });

  test('refuses lengths that no number holds', () => {
    for (const first of [0x80, 0xff, 0x00, 0x20]) {
      const head = Buffer.of(0x82, 0xff, first, first === 0 ? 0x20 : 0, 0, 0, 0, 0, 0, 0, ...KEY);
      assert.equal(scanned(scannerFrom('client'), head, 1).fault, 'bad-length');
    }
    const longest = Buffer.of(0x82, 0xff, 0, 0x1f, 255, 255, 255, 255, 255, 255, ...KEY);
    assert.equal(scanned(scannerFrom('client'), longest, 1).fault, null);
  });

  test('says where a frame is cut, and where a Close may stand', () => {
    const cases = [
      { bytes: clientFrame(), isWhole: true, takesClose: true },
      { bytes: clientFrame().subarray(0, 1), isWhole: false, takesClose: true },
      { bytes: clientFrame().subarray(0, 8), isWhole: false, takesClose: false },
      { bytes: clientFrame({ first: 0x88, payload: code(1000) }), isWhole: true, takesClose: false },
    ];
    for (const { bytes, isWhole, takesClose } of cases) {
      const scanner = scannerFrom('client');
      scanner.push(bytes);
      assert.deepEqual([scanner.isWhole, scanner.takesClose], [isWhole, takesClose]);
    }
  });

  test('closeFrame() is one that the scanner takes, of either side', () => {
    for (const [from, mask] of [
      ['client', Uint8Array.of(...KEY)],
      ['server', null],
    ] as const) {
      const frame = Buffer.from(closeFrame(1002, mask));
      assert.deepEqual(frame, framesOf(from, [{ first: 0x88, payload: code(1002) }]));
    }
  });
});
