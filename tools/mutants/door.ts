// Lines of WebSockets, local pages and identity that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant, RedTest } from './mutant.ts';

const SCANNER = 'src/core/wire/websocket-frames.ts';
const IDENTITY = 'src/identity/htpasswd-source.ts';
const STACK = 'src/identity/stack.ts';
const BRIDGE = 'src/gateway/http2/websocket-bridge.ts';
const PAGES = 'src/gateway/door/local-pages.ts';

const SCANNED: readonly RedTest[] = [
  { file: 'src/core/wire/websocket-frames.test.ts', test: 'R-64 A7 FrameScanner' },
];
const framesOver = (way: string): readonly RedTest[] => [
  { file: 'test/hostile/websocket-frames.test.ts', test: `R-64 A7 a WebSocket ${way}` },
];
const handshakes = (test: string): readonly RedTest[] => [
  { file: 'test/hostile/websocket-handshakes.test.ts', test },
];
const upgrades = (test: string): readonly RedTest[] => [{ file: 'test/journeys/websocket.test.ts', test }];
const identities = (test: string): readonly RedTest[] => [
  { file: 'src/identity/htpasswd-source.test.ts', test },
];
const ownPages = (test: string): readonly RedTest[] => [{ file: 'test/journeys/own-pages.test.ts', test }];

/** A condition of the scanner that is left out: frames with that fault would go on. */
function unscanned(line: string): Mutant {
  return { holds: ['R-64', 'A7'], file: SCANNER, line, becomes: 'if (false)', red: SCANNED };
}

export const doorMutants: readonly Mutant[] = [
  {
    holds: ['R-33'],
    file: 'src/gateway/relay/pump.ts',
    line: 'if (from.readableEnded) onEnd();\n    else ',
    becomes: '',
    red: [{ file: 'test/hostile/websocket-half-closed.test.ts', test: 'over HTTP/1.1' }],
  },
  unscanned('if (!OPCODES.has(opcode))'),
  unscanned('if ((reserved & ~(isFirst ? this.#reserved.first : this.#reserved.other)) !== 0)'),
  unscanned('if (this.#isControl && !this.#isFinal)'),
  unscanned('if (this.#isClosed)'),
  unscanned("if (isMasked !== (this.#from === 'client'))"),
  unscanned('if (this.#shortLength > 125)'),
  unscanned('if (length < least)'),
  {
    ...unscanned('return isFirst === this.#isWithinMessage'),
    becomes: 'return false',
  },
  {
    ...unscanned('return isCloseCode(code) ? null :'),
    becomes: 'return code > 0 ? null :',
  },
  {
    ...unscanned('return code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006);'),
    becomes: 'return code >= 1000 && code <= 1014;',
  },
  {
    holds: ['R-64', 'A7', 'R-33'],
    file: 'src/gateway/relay/websocket-join.ts',
    line: 'inspection: new WebSocketFrames(answer),',
    becomes: '',
    red: [
      ...framesOver('over HTTP/1.1'),
      ...framesOver('as a stream of HTTP/2'),
      ...framesOver('over HTTP/2 towards'),
    ],
  },
  {
    holds: ['R-33', 'R-64', 'A7'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: 'this.#forward.endsWithHeaders || this.#isWebSocket) return;',
    becomes: 'this.#forward.endsWithHeaders) return;',
    red: [
      {
        file: 'test/hostile/websocket-frames.test.ts',
        test: 'R-64 A7 what is meant for a stream of HTTP/2',
      },
    ],
  },
  {
    holds: ['R-64', 'A7'],
    file: 'src/gateway/relay/pump.ts',
    line: "endWith(upstream, inspection.lastWords('up'));",
    becomes: 'upstream.destroy();',
    red: [{ file: 'src/gateway/relay/pump.test.ts', test: 'R-64 A7 pump()' }],
  },
  {
    holds: ['R-64', 'A7'],
    file: 'src/gateway/relay/websocket-frames.ts',
    line: "direction === 'up' ? 'client-frame' : 'upstream-frame'",
    becomes: "'client-frame'",
    red: framesOver('over HTTP/1.1'),
  },
  {
    holds: ['R-64', 'A7'],
    file: 'src/gateway/relay/websocket-frames.ts',
    line: 'if (!this.#scanners[direction].takesClose) return null;',
    becomes: '',
    red: framesOver('over HTTP/1.1'),
  },
  {
    holds: ['R-33', 'E10'],
    file: 'src/gateway/http1/forward-http1.ts',
    line: "asked.upgrade === 'websocket' ? handshakeFault(head, key) : 'upstream switched protocols unasked';",
    becomes: 'handshakeFault(head, key);',
    red: upgrades('a 101 with a right accept that nobody asked for'),
  },
  {
    holds: ['R-33', 'E10'],
    file: 'src/gateway/http1/forward-http1.ts',
    line: '    this.#upstream.destroy();\n    if (this.#wasStale(failure)) {',
    becomes: '    if (this.#wasStale(failure)) {',
    red: upgrades('a 101 without an accept'),
  },
  {
    holds: ['R-33', 'E10'],
    file: BRIDGE,
    line: '  if (fault !== null) {\n    upstream.destroy();',
    becomes: '  if (fault !== null) {',
    red: handshakes('a 101 with a wrong accept is 502'),
  },
  {
    holds: ['R-33'],
    file: 'src/gateway/request/websocket-handshake.ts',
    line: 'return accept === expected ? null :',
    becomes: 'return accept !== undefined ? null :',
    red: upgrades('a 101 with a wrong accept'),
  },
  {
    holds: ['D2', 'R-33'],
    file: 'src/gateway/request/websocket-handshake.ts',
    line: 'if (versions[0] !== WEBSOCKET_VERSION)',
    becomes: 'if (versions[0] === undefined)',
    red: handshakes('D2'),
  },
  {
    holds: ['D2', 'R-33'],
    file: 'src/gateway/request/websocket-handshake.ts',
    line: "return httpVersion === '2' || SIXTEEN_BYTES.test(key)",
    becomes: "return httpVersion === '2' || key !== undefined",
    red: handshakes('D2 a handshake with no key'),
  },
  {
    holds: ['D2'],
    file: 'src/gateway/http2/serve-http2.ts',
    line: "head.protocol === null ? null : handshakeRequestFault(head.headers, '2')",
    becomes: 'null',
    red: handshakes('D2 over HTTP/2'),
  },
  {
    holds: ['B13', 'R-33'],
    file: BRIDGE,
    line: 'if (head.status < 300)',
    becomes: 'if (head.status < 0)',
    red: handshakes('B13 200 OK'),
  },
  {
    holds: ['B13'],
    file: BRIDGE,
    line: "cookies.join('; ')",
    becomes: 'cookies[0]',
    red: handshakes('B13 over HTTP/2 towards HTTP/1.1'),
  },
  {
    holds: ['B13'],
    file: BRIDGE,
    line: "'te', ",
    becomes: '',
    red: handshakes('B13 over HTTP/2 towards HTTP/1.1'),
  },
  {
    holds: ['A12', 'R-10a'],
    file: IDENTITY,
    line: 'if (Buffer.byteLength(password) > PASSWORD_BYTES) return UNKNOWN;',
    becomes: '',
    red: identities('A12 a password of more than 72 bytes'),
  },
  {
    holds: ['R-10a', 'A12'],
    file: STACK,
    line: '      this.#backOff.failed(attempt, now);',
    becomes: '',
    red: identities('R-10a A12'),
  },
  {
    holds: ['A12'],
    file: 'src/identity/htpasswd-edit.ts',
    line: 'Buffer.byteLength(password) > PASSWORD_BYTES',
    becomes: 'password.length > PASSWORD_BYTES',
    red: [{ file: 'src/identity/htpasswd.test.ts', test: 'addUser() refuses what could not be used' }],
  },
  {
    holds: ['R-10a', 'E16'],
    file: IDENTITY,
    line: '    const verified = await this.#verifier.verify(password, hash ?? this.#decoy);',
    becomes:
      "    const verified = hash === undefined ? 'differs' : await this.#verifier.verify(password, hash);",
    red: identities('R-10a an unknown user costs a comparison'),
  },
  {
    holds: ['C12', 'R-10a'],
    file: 'src/identity/_back-off.ts',
    line: 'function pairOf({ from, user }: Attempt): string {',
    becomes: "function pairOf({ from }: Attempt): string {\n  const user = '';",
    red: identities('R-10a C12 wrong passwords of one user'),
  },
  {
    holds: ['C12', 'R-10a'],
    file: 'src/identity/_back-off.ts',
    line: 'const networkMs = over <= 0 ? 0 : over * FORGET_ONE_MS;',
    becomes: 'const networkMs = 0 * over;',
    red: identities('R-10a C12 an address from which many users are tried'),
  },
  {
    holds: ['C12', 'R-10a'],
    file: STACK,
    line: 'if (known !== null) return known;',
    becomes: '',
    red: identities('R-10a C12 an address from which many users are tried'),
  },
  {
    holds: ['B9'],
    file: 'src/core/base/one-form.ts',
    line: "return text.normalize('NFC');",
    becomes: 'return text;',
    red: [
      ...identities('B9 a user and a password'),
      { file: 'src/identity/htpasswd.test.ts', test: 'B9 one user is one' },
    ],
  },
  {
    holds: ['B9'],
    file: 'src/gateway/door/identify.ts',
    line: "return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');",
    becomes: "return bytes.toString('utf8');",
    red: [{ file: 'test/journeys/proxy-credentials.test.ts', test: 'in Latin-1' }],
  },
  {
    holds: ['B9'],
    file: 'src/core/policy/language/_read-rule.ts',
    line: 'return inOneForm(name);',
    becomes: 'return name;',
    red: [{ file: 'test/journeys/proxy-credentials.test.ts', test: 'in UTF-8' }],
  },
  {
    holds: ['E8'],
    file: 'src/identity/htpasswd-edit.ts',
    line: 'inOneForm(user)}:`',
    becomes: 'inOneForm(user)}`',
    red: [{ file: 'src/identity/htpasswd.test.ts', test: 'whose name only begins alike' }],
  },
  {
    holds: ['R-60', 'E16'],
    file: 'src/admin/_guard.ts',
    line: '(isLoopback(own) && isLoopback(name))',
    becomes: 'isLoopback(name)',
    red: [{ file: 'src/admin/guard.test.ts', test: 'R-60 the Host "localhost:3129" at 10.1.2.3' }],
  },
  {
    holds: ['B7'],
    file: PAGES,
    line: "    case '/wpad.dat':\n",
    becomes: '',
    red: ownPages('/wpad.dat is served'),
  },
  {
    holds: ['B7'],
    file: PAGES,
    line: "return target.split('?')[0] ?? '';",
    becomes: 'return target;',
    red: ownPages('/ca.crl is served to open clients'),
  },
  {
    holds: ['B7'],
    file: PAGES,
    line: 'return isOwn ? { path: withoutQuery(form.rest), host: form.authority } : null;',
    becomes: 'return null;',
    red: ownPages('/ca.crl is served to staff clients'),
  },
  {
    holds: ['B7'],
    file: PAGES,
    line: ': context.ownNames.has(destinationText(destination).toLowerCase());',
    becomes: ': true;',
    red: ownPages("of somebody else is not the gate's"),
  },
  {
    holds: ['B15'],
    file: PAGES,
    line: ".replace(/\\\\.$/, '')",
    becomes: '',
    red: [{ file: 'src/gateway/door/local-pages.test.ts', test: 'B15 sends github.com. to the gate' }],
  },
  {
    holds: ['B15'],
    file: 'src/cli/allowlist/_meta-source.ts',
    line: 'if (port !== undefined && Number(port) !== target.port) return false;',
    becomes: '',
    red: [{ file: 'src/cli/allowlist/no-proxy.test.ts', test: 'B15 NO_PROXY=localhost:8080 does not let' }],
  },
  {
    holds: ['R-06'],
    file: 'src/core/policy/decide/decide-request.ts',
    line: 'if (!isSameAuthority(facts))',
    becomes: 'if (facts.authority === null)',
    red: [{ file: 'src/core/policy/decide/decide-request.test.ts', test: 'R-06' }],
  },
  {
    holds: ['R-06'],
    file: 'src/core/policy/decide/decide-request.ts',
    line: 'named.host === destination.host && named.port === destination.port',
    becomes: 'named.host === destination.host',
    red: [{ file: 'src/core/policy/decide/decide-request.test.ts', test: 'R-06' }],
  },
  {
    holds: ['R-09'],
    file: 'src/gateway/door/accept.ts',
    line: 'return listener.proxyProtocol.some((network) => cidrContains(network, peer));',
    becomes: 'return peer.length > 0 && listener.name.length > 0;',
    red: [{ file: 'test/hostile/names.test.ts', test: 'R-09 a PROXY header from a peer that is not listed' }],
  },
  {
    holds: ['R-19'],
    file: 'src/gateway/tunnel/sniff.ts',
    line: "const read = carries === 'tls' ? readClientHello : readEither;",
    becomes: 'const read = carries.length > 0 ? readEither : readClientHello;',
    red: [
      {
        file: 'src/gateway/tunnel/sniff.test.ts',
        test: 'R-19 sniff() of HTTP in clear, whole, in a tunnel for tls, is not-tls',
      },
    ],
  },
  {
    holds: ['R-09'],
    file: 'src/gateway/door/identify.ts',
    line: 'user.includes(COLON_BYTE) || ',
    becomes: '',
    red: [{ file: 'src/gateway/door/identify.test.ts', test: 'R-09 basicOf() reads a colon in the name' }],
  },
  {
    holds: ['R-61'],
    file: 'src/gateway/tunnel/clear-text.ts',
    line: "const facts = visit.connectionFacts(target, 'http');",
    becomes: "const facts = visit.connectionFacts(target, 'https');",
    red: [{ file: 'test/hostile/socks5.test.ts', test: 'R-61 clear text in a tunnel' }],
  },
];
