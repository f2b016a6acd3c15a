// A certificate authority in lines for a person.
// Must not know where it came from.
import type { CaFacts, CertificateFacts } from '../../acts.ts';

/** What it is, what it may sign for, and the fingerprint to compare. */
export function caText(facts: CaFacts): string[] {
  return [
    `CA in ${facts.dir}`,
    ...certificateText(facts.current),
    ...facts.chain.flatMap((issuer) => ['', 'signed by', ...certificateText(issuer)]),
    ...(facts.next === null ? [] : ['', `from ${facts.next.activate} on`, ...certificateText(facts.next)]),
  ];
}

function certificateText(certificate: CertificateFacts): string[] {
  const { permitted, trustedBy } = certificate;
  return [
    `  subject      ${certificate.subject}`,
    `  valid        ${certificate.notBefore} to ${certificate.notAfter}`,
    `  key          ${certificate.key}`,
    `  SHA-256      ${certificate.sha256}`,
    `  may sign     ${permitted === null ? 'every name' : permitted.join(', ')}`,
    `  trusted by   ${trustedBy.length === 0 ? 'nobody on this machine yet' : trustedBy.join(', ')}`,
  ];
}
