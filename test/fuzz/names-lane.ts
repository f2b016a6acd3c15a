// Spellings of names that servers fold together, over HTTP/1.1 and HTTP/2: an alias of framing stops its request, and no
// spelling of the restriction header goes up. Must not know how the gate compares names.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { askHttp2 } from '../support/http2-client.ts';
import { inside, insideHttp2, STAMP } from '../support/office.ts';
import { requestsUpstream } from '../support/office-verdict.ts';
import { FuzzedOffice, WAYS } from './fuzzed-office.ts';
import { type Lane, tryCases } from './lane.ts';

const FRAMING = ['content-length', 'transfer-encoding'];
const separators = fc.string({ unit: fc.constantFrom(...'--__..~!|'), maxLength: 2 });

/** The letters of a name in their order, with other separators, in any case, with and without the prefix of CGI. */
function spelt(name: string): fc.Arbitrary<string> {
  const words = name.split('-');
  return fc
    .record({
      between: fc.array(separators, { minLength: words.length + 1, maxLength: words.length + 1 }),
      prefix: fc.constantFrom('', '', '', 'http_', 'HTTP-', 'http'),
      shape: fc.constantFrom('as-is', 'lower', 'upper'),
    })
    .map(({ between, prefix, shape }) => {
      const text =
        prefix + words.map((word, at) => (between[at] ?? '') + word).join('') + (between.at(-1) ?? '');
      return shape === 'lower' ? text.toLowerCase() : shape === 'upper' ? text.toUpperCase() : text;
    });
}

const alias = fc
  .constantFrom(...FRAMING)
  .chain(spelt)
  .filter((name) => !FRAMING.includes(name.toLowerCase()));
const innocent = fc.constantFrom(
  'x-content-length',
  'content-lengths',
  'transfer-encodings',
  'sec-github',
  'accept',
);
const namesCase = fc.record({
  way: fc.constantFrom(...WAYS),
  protocol: fc.constantFrom('1.1', '2'),
  stamps: fc.array(fc.oneof(spelt(STAMP), innocent), { maxLength: 4 }),
  aliases: fc.oneof(
    { weight: 2, arbitrary: fc.constant<string[]>([]) },
    fc.array(alias, { minLength: 1, maxLength: 2 }),
  ),
});

export const namesLane: Lane = {
  name: 'names',
  through: 'reached upstream',
  cases: 200,
  open: async (scope) => {
    const fuzzed = await FuzzedOffice.start(scope);
    const { office } = fuzzed;
    return tryCases(namesCase, ({ way, protocol, stamps, aliases }, number) =>
      fuzzed.judge(number, way.stamp, async (t) => {
        const names = [...stamps, ...aliases];
        const ask = async (): Promise<number> => {
          if (protocol === '2') {
            const head = [
              ':method',
              'GET',
              ':scheme',
              'https',
              ':authority',
              'github.com',
              ':path',
              '/names',
            ];
            const lines = names.flatMap((name) => [name.toLowerCase(), '9']);
            return (await askHttp2(await insideHttp2(t, office, way.wish), [...head, ...lines])).status;
          }
          const connection = await inside(t, office, way.wish);
          const lines = names.map((name) => `${name}: 9\r\n`).join('');
          await connection.send(`GET /names HTTP/1.1\r\nHost: github.com\r\n${lines}\r\n`);
          return (await connection.readAnswer()).status;
        };
        assert.equal(await ask(), aliases.length > 0 ? 400 : 200);
        assert.equal(requestsUpstream(office), aliases.length > 0 ? 0 : 1);
      }),
    );
  },
};
