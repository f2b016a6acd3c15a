// GitHub as a vendor: the restriction header, its hosts and its answers. Source: SOURCES.restriction.
// Must not know policies.
import { isAtOrUnder } from '../../base/hostname.ts';
import type { Vendor, VendorHeader } from '../vendor.ts';
import {
  copilotPlanOf,
  knownSupportedHosts,
  MAX_ENTERPRISES,
  RESTRICTED_DOMAINS,
  RESTRICTION_HEADER,
  SUPPORTED_ENDPOINTS,
} from './endpoints.ts';
import { enterpriseAnswer } from './enterprise-answer.ts';
import { SOURCES } from './sources.ts';

/** The one header, with the enterprises whose accounts GitHub lets in. */
export const ENTERPRISE_HEADER: VendorHeader = {
  name: RESTRICTION_HEADER,
  key: 'enterprises',
  purpose: '1 to 20 enterprise IDs or slugs; they make one header line.',
  example: ['12345'],
  fault: (id) =>
    TOKEN.test(id)
      ? null
      : {
          problem: 'an enterprise ID or slug has no spaces, commas or control characters',
          mend: 'write one per entry, as in ["12345", "octo-corp"]',
        },
  most: MAX_ENTERPRISES,
  noun: 'enterprises',
  separator: ', ',
  source: SOURCES.restriction,
};

// RFC 9110 section 5.6.2, without the comma that would make two of one.
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export const GITHUB: Vendor = {
  name: 'github',
  title: 'GitHub',
  headers: [ENTERPRISE_HEADER],
  hosts: SUPPORTED_ENDPOINTS,
  knownHosts: knownSupportedHosts(),
  guardedDomains: RESTRICTED_DOMAINS,
  answers: {
    isFrom: (host) => DOMAINS.some((domain) => isAtOrUnder(host, domain)),
    requestId: 'x-github-request-id',
    byStatus: (status, host) => (status === 421 && isPlanHost(host) ? 'plan-mismatch' : null),
    telling: [400, 403],
    byBody: enterpriseAnswer,
    meanings: {
      refused: 'the account is not of the enterprise',
      'header-wrong': 'the stamp is configured wrongly',
      'plan-mismatch': "a host of another Copilot plan than the user's",
    },
  },
  words: {
    host: 'a supported endpoint',
    stampedFor: (values) => `for enterprise ${values.join(' and ')}`,
  },
};

/** Domains of GitHub's own, whose servers name each request. */
const DOMAINS: readonly string[] = [
  ...RESTRICTED_DOMAINS,
  'githubusercontent.com',
  'githubassets.com',
  'github.dev',
  'github.io',
  'ghe.com',
  'ghcr.io',
];

function isPlanHost(host: string): boolean {
  const plan = copilotPlanOf(host);
  return plan !== null && plan !== 'generic';
}
