// Lines of dialing, addresses and certificates that hold something up, each with a change to it and the tests that must
// notice. Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

const OWN_PLACES = { file: 'src/gateway/upstream/own-places.ts' };
const ownPlaces = (test: string): Mutant['red'] => [
  { file: 'src/gateway/upstream/own-places.test.ts', test },
];
const gateItself = (test: string): Mutant['red'] => [{ file: 'test/hostile/own-places.test.ts', test }];

/** Which destinations are the gate itself, and which addresses are nobody's to reach. */
const PLACES: readonly Mutant[] = [
  {
    ...OWN_PLACES,
    holds: ['R-45', 'A11'],
    red: ownPlaces('is true for 0.0.0.0 where it listens on 127.0.0.1'),
    line: 'if (ANY_ADDRESS.has(address)) return true;',
    becomes: '',
  },
  {
    ...OWN_PLACES,
    holds: ['R-45', 'A11'],
    red: ownPlaces('is true for 64:ff9b::7f00:1 where it listens on 127.0.0.1'),
    line: 'const arrives = throughNat64(address);',
    becomes: 'const arrives = address;',
  },
  {
    ...OWN_PLACES,
    holds: ['A11'],
    red: ownPlaces('is false for 127.0.0.2 where it listens on 127.0.0.1'),
    line: 'ANY_ADDRESS.has(host) && (',
    becomes: '(',
  },
  {
    ...OWN_PLACES,
    holds: ['A11'],
    red: ownPlaces('is false for 140.82.112.3 where it listens on 0.0.0.0'),
    line: "(ipaddr.parse(address).range() === 'loopback' || isInterfaceAddress(address))",
    becomes: 'true',
  },
  {
    ...{ holds: ['R-45', 'A11'], red: gateItself('through the resolve map, in one process') },
    file: 'src/compose/gate/data-path.ts',
    line: '...parts.listensToo()',
    becomes: '',
  },
  {
    ...{ holds: ['R-45', 'A11'], red: gateItself('in one process, admin on a free port') },
    file: 'src/compose/gate/gate.ts',
    line: 'place.port = admin.value.port;',
    becomes: '',
  },
  {
    ...{ holds: ['R-45', 'A11'], red: gateItself('with workers, admin on a free port') },
    file: 'src/compose/gate/crew.ts',
    line: 'adminPort: place.port',
    becomes: 'adminPort: settings.admin.listen.port',
  },
  {
    holds: ['R-45', 'E9'],
    file: 'src/gateway/upstream/dial.ts',
    line: 'if (others.length > 0) return others;',
    becomes: 'if (others.length > 0) return found.value;',
    red: [
      {
        file: 'src/gateway/upstream/dial.test.ts',
        test: 'keeps the other places of a name that leads to the gate too',
      },
    ],
  },
  {
    ...{ holds: ['R-42', 'E9'], red: gateItself('R-42 an address of the machine itself is not reached') },
    file: 'src/compose/gate/data-path.ts',
    line: 'isOwn: isInterfaceAddress,',
    becomes: 'isOwn: () => false,',
  },
  {
    holds: ['R-42'],
    file: 'src/gateway/upstream/resolve.ts',
    line: 'return isPublic(address) && !isOwn(throughNat64(address));',
    becomes: 'return !isOwn(throughNat64(address));',
    red: [{ file: 'src/gateway/upstream/resolve.test.ts', test: 'leaves out private answers' }],
  },
  {
    holds: ['R-41'],
    file: 'src/core/base/destination.ts',
    line: '/^:[1-9][0-9]{0,4}$/',
    becomes: '/^:[0-9]{1,5}$/',
    red: [{ file: 'src/core/base/destination.test.ts', test: 'refuses "github.com:0443"' }],
  },
];

const splice = (test: string): Mutant['red'] => [{ file: 'src/gateway/tunnel/splice.test.ts', test }];
const race = (test: string): Mutant['red'] => [{ file: 'src/gateway/upstream/race.test.ts', test }];
const reach = (test: string): Mutant['red'] => [{ file: 'src/client/egress/reach.test.ts', test }];

/** How connections are made. */
const WAYS: readonly Mutant[] = [
  {
    ...{ holds: ['R-43'], red: splice('refuses the same address'), file: 'src/gateway/tunnel/splice.ts' },
    line: 'if (shared !== undefined) {',
    becomes: 'if (shared?.port === 0) {',
  },
  {
    ...{ holds: ['R-43', 'E9'], file: 'src/gateway/tunnel/splice.ts' },
    line: ' || one.port === other.port;',
    becomes: ' || one.mapped === other.mapped || true;',
    red: splice('is null where the map leads both to one address, to ports of their own'),
  },
  {
    ...{ holds: ['R-43', 'E9'], file: 'src/gateway/tunnel/splice.ts' },
    line: "return one.mapped === 'no' || other.mapped === 'no' || ",
    becomes: 'return ',
    red: splice('refuses one address whatever the port where the map led only the stamped host'),
  },
  {
    ...{ holds: ['R-43', 'E9'], file: 'src/gateway/tunnel/splice.ts' },
    line: "(isFromDns || restricted.error.code === 'dns-timeout')",
    becomes: 'isFromDns',
    red: splice('refuses a mapped place too where DNS is silent'),
  },
  {
    ...{ holds: ['B5'], file: 'src/gateway/upstream/race.ts' },
    line: 'this.#nextTimer = setTimeout(() => this.#next(), ATTEMPT_DELAY_MS);',
    becomes: "this.#nextTimer = setTimeout(() => failed(new Error('slow')), ATTEMPT_DELAY_MS);",
    red: race('waits for a slow address until the time is over'),
  },
  {
    ...{ holds: ['B5'], file: 'src/gateway/upstream/race.ts' },
    line: 'if (this.#running.size === 0) this.#end(err(this.#fault()));',
    becomes: 'this.#end(err(this.#fault()));',
    red: race('waits for a slow address while one that was tried after it fails'),
  },
  {
    ...{ holds: ['B5'], file: 'src/gateway/upstream/race.ts', red: race('tries the families by turns') },
    line: 'this.#waiting = familiesByTurns(endpoints);',
    becomes: 'this.#waiting = [...endpoints];',
  },
  {
    ...{ holds: ['B5'], file: 'src/gateway/upstream/race.ts' },
    line: 'this.#errors.every(isOutOfDescriptors)',
    becomes: 'this.#errors.some(isOutOfDescriptors)',
    red: race('says connect-failed after EADDRNOTAVAIL and ECONNREFUSED'),
  },
  {
    ...{ holds: ['B5'], file: 'src/gateway/upstream/race.ts' },
    line: 'for (const socket of others) socket.destroy();',
    becomes: '',
    red: race('lets a slow address win beside a later one, and ends the others'),
  },
  {
    ...{ holds: ['C1'], file: 'src/client/egress/reach.ts' },
    line: 'if (error instanceof Error) return fail(error);',
    becomes: '',
    red: reach('reachQuic() to an address of IPv4'),
  },
  {
    holds: ['C1'],
    file: 'src/client/egress/reach.ts',
    red: reach('reachTls() to a name that cannot be one'),
    line: 'isConnected ? tlsError(address, error) : ',
    becomes: "address !== '' ? tlsError(address, error) : ",
  },
];

const chain = (test: string): Mutant['red'] => [{ file: 'src/gateway/upstream/_chain-check.test.ts', test }];
const staple = (test: string): Mutant['red'] => [{ file: 'src/gateway/upstream/_staple.test.ts', test }];
const CHAIN = { file: 'src/gateway/upstream/_chain-check.ts' };
const STAPLE = { file: 'src/gateway/upstream/_staple.ts' };
const DIAL = { file: 'src/gateway/upstream/dial.ts' };

/** How an upstream is proved. */
const PROOF: readonly Mutant[] = [
  {
    ...CHAIN,
    holds: ['R-22', 'D3'],
    red: chain('bar.example.com under excluded;DNS:bar.example.com is refused'),
    line: 'chain.find((one) => !permitsHost([constraintsOf(one)], host))',
    becomes: 'chain.find(() => false)',
  },
  {
    ...{ ...CHAIN, holds: ['R-22', 'D3'], red: chain('by a CA further up, and by the root itself') },
    line: 'chain.find((one) => !permitsHost([constraintsOf(one)], host))',
    becomes: 'chain.slice(1, 2).find((one) => !permitsHost([constraintsOf(one)], host))',
  },
  {
    ...{ ...CHAIN, holds: ['R-22', 'D4'], red: chain('that may not sign') },
    line: 'if (saysItIsAuthority(leaf))',
    becomes: 'if (leaf.ca)',
  },
  {
    ...{ ...DIAL, holds: ['R-20', 'D5'], red: chain('with the server sending it, and without') },
    line: 'allowPartialTrustChain: true,',
    becomes: '',
  },
  {
    ...{ ...CHAIN, holds: ['R-20', 'D5'], red: chain('whatever signature it carries itself') },
    line: '!isRoot(certificate, roots)',
    becomes: '!isSignedBy(certificate, certificate)',
  },
  {
    ...CHAIN,
    holds: ['R-20', 'E11'],
    red: chain("R-20 what the gate's own CA signed is refused under another name"),
    line: 'hasKeyOf(certificate, ours) || ',
    becomes: '',
  },
  {
    ...{ ...CHAIN, holds: ['R-20'] },
    line: 'if (isOwn) return',
    becomes: 'if (isOwn && chain.length === 0) return',
    red: [
      {
        file: 'src/gateway/upstream/dial.test.ts',
        test: 'R-20 Dialer.tls() does not believe what a CA of ours signed',
      },
    ],
  },
  {
    ...CHAIN,
    holds: ['R-22', 'E11'],
    red: chain('R-22 chainFault() refuses an RSA key with the exponent AQ'),
    line: '(details?.publicExponent ?? 0n) >= 3n',
    becomes: '(details?.publicExponent ?? 0n) >= 1n',
  },
  {
    ...STAPLE,
    holds: ['R-22', 'E11'],
    red: staple('takes a delegate for as long as its certificate is valid'),
    line: 'delegate.validToDate.getTime() >= nowMs - SKEW_MS &&',
    becomes: '',
  },
  {
    ...STAPLE,
    holds: ['R-22', 'E11'],
    red: staple('takes a delegate for as long as its certificate is valid'),
    line: 'delegate.validFromDate.getTime() <= nowMs + SKEW_MS &&',
    becomes: '',
  },
  {
    ...{ ...STAPLE, holds: ['R-22', 'E11'], red: staple('wants the CertID to name the issuer by its key') },
    line: ' &&\n      digest(issuerKey).equals(id.issuerKey)',
    becomes: '',
  },
  {
    holds: ['R-21'],
    file: 'src/gateway/upstream/_san-match.ts',
    line: ` || subjectAltName.includes('"')`,
    becomes: '',
    red: [
      {
        file: 'src/gateway/upstream/_san-match.test.ts',
        test: 'is false for a quoted entry with another in its middle',
      },
    ],
  },
  {
    ...{ ...DIAL, holds: ['R-24'] },
    line: "const MODERN_GROUPS = 'X25519MLKEM768:",
    becomes: "const MODERN_GROUPS = '",
    red: [{ file: 'test/hostile/upstream-hello.test.ts', test: 'gets for a client of http/1.1 is graded A' }],
  },
  {
    ...{ ...DIAL, holds: ['R-24'] },
    line: 'secureOptions: constants.SSL_OP_NO_RENEGOTIATION,',
    becomes: 'secureOptions: 0,',
    red: [
      {
        file: 'test/hostile/upstream-hello.test.ts',
        test: 'R-24 an upstream that asks to renegotiate is told no',
      },
    ],
  },
  {
    ...{ ...DIAL, holds: ['R-25'] },
    line: 'ECDHE-ECDSA-AES128-GCM-SHA256:',
    becomes: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256:',
    red: [{ file: 'test/hostile/upstream-certificates.test.ts', test: 'cbc over HTTP/1.1' }],
  },
  {
    ...{ ...DIAL, holds: ['R-26'] },
    line: 'this.#secureContext = tls.createSecureContext({',
    // A certificate of its own, as openssl makes one.
    becomes: `const shown = process.getBuiltinModule('node:child_process').execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=gate', '-keyout', '-', '-out', '-']);
    this.#secureContext = tls.createSecureContext({ cert: shown, key: shown,`,
    red: [
      {
        file: 'src/gateway/upstream/dial.test.ts',
        test: 'R-26 Dialer.tls() shows no certificate to an upstream',
      },
    ],
  },
  {
    ...{ ...DIAL, holds: ['R-27'] },
    line: `      requestOCSP: true,
      rejectUnauthorized: true,
      // Node asks this once OpenSSL has found the chain valid.
      checkServerIdentity: () => this.#certificateFault(target.host, socket, staple) ?? undefined,
    });`,
    becomes: `      requestOCSP: true,
      rejectUnauthorized: true,
      session: Reflect.get(this, 'session'),
      checkServerIdentity: () => this.#certificateFault(target.host, socket, staple) ?? undefined,
    });
    socket.on('session', (session) => Reflect.set(this, 'session', session));`,
    red: ['TLSv1.2', 'TLSv1.3'].map((version) => ({
      file: 'src/gateway/upstream/dial.test.ts',
      test: `R-27 Dialer.tls() resumes no ${version} session`,
    })),
  },
];

const leafTls = (test: string): Mutant['red'] => [{ file: 'src/authority/leaf-tls.test.ts', test }];
const authority = (test: string): Mutant['red'] => [{ file: 'src/authority/authority.test.ts', test }];
const TLS_CONTEXT = { file: 'src/authority/_tls-context.ts', holds: ['R-13'] };

/** What clients are shown, and what they say. */
const CLIENT_SIDE: readonly Mutant[] = [
  {
    ...{ ...TLS_CONTEXT, red: leafTls("R-13 a leaf's context refuses renegotiation and compression") },
    line: 'constants.SSL_OP_NO_RENEGOTIATION |',
    becomes: '',
  },
  {
    ...{ ...TLS_CONTEXT, red: leafTls("R-13 a leaf's context refuses a suite without AEAD") },
    line: "'ECDHE-ECDSA-CHACHA20-POLY1305',",
    becomes: "'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES128-SHA256',",
  },
  {
    holds: ['R-14'],
    file: 'src/authority/_certificate-profile.ts',
    line: "extension(OID.authorityKeyId, 'plain', authorityKeyId(issuer)),",
    becomes: '',
    red: authority('R-14 leafFor() makes a leaf with exactly the fields of its profile'),
  },
  {
    holds: ['R-14', 'E11'],
    file: 'src/authority/_leaf-mint.ts',
    line: '...chain.map((one) => one.notAfterMs)',
    becomes: '...chain.slice(0, 1).map((one) => one.notAfterMs)',
    red: authority('R-14 leafFor() never makes a leaf that outlives a CA above its own'),
  },
  {
    holds: ['R-15'],
    file: 'src/authority/leaf-cache.ts',
    line: "if (purpose === 'refusal' && !refusalsPerClient.take(client)) return false;",
    becomes: '',
    red: [{ file: 'src/authority/leaf-cache.test.ts', test: 'R-15 leafFor() limits refusals per client' }],
  },
  {
    holds: ['R-16'],
    file: 'src/authority/authority.ts',
    line: 'if (!this.permits(host))',
    becomes: "if (host === '')",
    red: authority('R-16 leafFor() refuses gitlab.com, which the CA may not sign for'),
  },
  {
    holds: ['R-17'],
    file: 'src/core/wire/client-hello.ts',
    line: "if (!atEnd(cursor)) return malformed('bad-server-name', 'there is more than one name');",
    becomes: '',
    red: [{ file: 'src/core/wire/client-hello.test.ts', test: 'R-17 readClientHello() refuses two names' }],
  },
  {
    holds: ['R-18'],
    file: 'src/gateway/tunnel/sniff.ts',
    line: 'if (named.ok && named.value === destination.host) return null;',
    becomes: 'if (named.ok && (hello.resumes || named.value === destination.host)) return null;',
    red: [
      { file: 'test/hostile/names.test.ts', test: 'R-18 a resumed TLS session is judged like the first' },
    ],
  },
  {
    holds: ['R-19'],
    file: 'src/core/wire/_tls-records.ts',
    line: "if (gathered > whole) return malformed('hello-not-alone', 'a record goes on after the ClientHello');",
    becomes: '',
    red: [
      {
        file: 'src/core/wire/_tls-records.test.ts',
        test: 'R-19 readHelloMessage() refuses more of the record after the hello',
      },
    ],
  },
];

export const upstreamMutants: readonly Mutant[] = [...PLACES, ...WAYS, ...PROOF, ...CLIENT_SIDE];
