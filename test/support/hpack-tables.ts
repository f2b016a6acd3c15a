// The two tables of HPACK (RFC 7541): the static table of appendix A, and the Huffman code of appendix B.
// Must not know what is read with them.

/** Name and value of the entries 1 to 61, in order. */
export const STATIC_TABLE: readonly (readonly [name: string, value: string])[] = [
  ...named(':authority='),
  ...named(':method=GET :method=POST :path=/ :path=/index.html :scheme=http :scheme=https'),
  ...named(':status=200 :status=204 :status=206 :status=304 :status=400 :status=404 :status=500'),
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ...named('accept-language= accept-ranges= accept= access-control-allow-origin= age= allow= authorization='),
  ...named('cache-control= content-disposition= content-encoding= content-language= content-length='),
  ...named('content-location= content-range= content-type= cookie= date= etag= expect= expires= from='),
  ...named('host= if-match= if-modified-since= if-none-match= if-range= if-unmodified-since='),
  ...named('last-modified= link= location= max-forwards= proxy-authenticate= proxy-authorization='),
  ...named('range= referer= refresh= retry-after= server= set-cookie= strict-transport-security='),
  ...named('transfer-encoding= user-agent= vary= via= www-authenticate='),
];

function named(text: string): [string, string][] {
  return text.split(' ').map((item) => {
    const at = item.indexOf('=');
    return [item.slice(0, at), item.slice(at + 1)];
  });
}

// The code is canonical: codes of one length are consecutive in the order of their symbols, shorter ones come first. So
// the lengths say it all. One letter for each of the symbols 0 to 256, `a` for five bits; 256 ends a text.
const LENGTHS =
  'isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhfibccccccccccccccccccccccdcdioijb' +
  'kabababbbaccbbbabcbaabccccckgjixprpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs' +
  'vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwvz';

/** The symbol of each code, by `LENGTH:CODE`. */
export const HUFFMAN_SYMBOLS: ReadonlyMap<string, number> = canonicalCode();

function canonicalCode(): Map<string, number> {
  const lengths = Array.from(LENGTHS, (letter) => letter.charCodeAt(0) - 92);
  const symbols = new Map<string, number>();
  let code = 0;
  for (let length = 5; length <= 30; length += 1) {
    for (const [symbol, wanted] of lengths.entries()) {
      if (wanted !== length) continue;
      symbols.set(`${length}:${code}`, symbol);
      code += 1;
    }
    code <<= 1;
  }
  return symbols;
}
