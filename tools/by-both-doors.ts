// The suites that run once by HTTP and once more by SOCKS5, and their tests that SOCKS5 cannot express, each with the
// reason. Must not know how clients come.

/** The variable that says by which door a run comes: `socks`, or HTTP. */
export const TEST_DOOR = 'GATEWRIGHT_TEST_DOOR';

export const BY_BOTH_DOORS: readonly string[] = ['test/hostile/', 'test/journeys/policy-cases.test.ts'];

export interface NotBySocks {
  readonly test: RegExp;
  readonly why: string;
}

const HTTP_PAGE = 'what is refused at the door has a page and Proxy-Status there, and here a number';
const PER_REQUEST = 'credentials are said once here, for the tunnel, and for each request there';
const HEAD = 'the head of the CONNECT itself is HTTP';
const CLEAR = 'clear text inside a tunnel is read here, and closed there';
const LEG = 'what TLS is spoken to clients is the same behind either door, and takes minutes to ask';

export const NOT_BY_SOCKS5: readonly NotBySocks[] = [
  { test: /^R-19 what is not TLS in a tunnel is closed/, why: CLEAR },
  { test: /^R-45 A11 the gate is never a destination/, why: HTTP_PAGE },
  { test: /^a refusal says that the destination is bad, and the record has it/, why: HTTP_PAGE },
  { test: /^R-42 an address of the machine itself is not reached/, why: HTTP_PAGE },
  { test: /^tab in the request line, in absolute form/, why: CLEAR },
  { test: /^R-41 a CONNECT, cut anywhere/, why: HEAD },
  { test: /^R-09, R-28 a PROXY .* a request in absolute form/, why: HEAD },
  { test: /^R-09 a PROXY header that comes alone/, why: HEAD },
  { test: /to https:\/\/a\.example\.org:0443\/$/, why: 'a port is a number here, and has no leading zero' },
  { test: /^a hello behind a CONNECT without credentials/, why: HEAD },
  { test: /^R-52 a policy that changes while a splice waits for its hello/, why: HEAD },
  { test: /^a (?:body|chunk) that is a request with credentials/, why: PER_REQUEST },
  { test: /^twice the credentials of two users/, why: PER_REQUEST },
  { test: /^credentials count for their own request alone/, why: PER_REQUEST },
  { test: /^R-01, R-28 and R-46 every reading of all that went upstream here/, why: PER_REQUEST },
  { test: /^R-13 testssl\.sh/, why: LEG },
  { test: /^R-13 a session of TLS 1\.3 may carry no early data/, why: LEG },
];
