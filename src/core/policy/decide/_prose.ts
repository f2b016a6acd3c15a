// The sentences that decisions are told in: the only place where prose is made of codes.
// Must not know how decisions are made.
import type { Reason } from '../decision.ts';

/** What a sentence may speak of. */
export interface Told {
  readonly reason: Reason;
  /** `github.com`, or `github.com/settings/tokens` where a path counts. */
  readonly what: string;
  /** `alice`, `10.1.2.3`, or `this client`. */
  readonly who: string;
  /** What a host is on which the rule of the reason sets something: `a supported endpoint`. */
  readonly host: string;
  /** What is stamped, if anything is: `for enterprise 12345`. */
  readonly stamped: string | null;
  /** What report mode of a restriction holds back. */
  readonly held: string | null;
  /** The Copilot plans that the policy lets in; null when it does not look at plans. */
  readonly plans: readonly string[] | null;
  /** The plan of the destination; `generic` for a Copilot host of no plan, null for any other. */
  readonly plan: string | null;
  readonly would: Reason | null;
  /** An exemption that covered it until its last day was over. */
  readonly ended: { readonly name: string; readonly day: string } | null;
}

/** One or two sentences that say what happens, and why. */
export function tell(told: Told): string {
  const sentence = `${SENTENCES[told.reason.code](told)}${endedText(told)}`;
  if (told.reason.code === 'report' && told.held !== null)
    return `${sentence} The restriction is in report mode too: it would stamp it ${told.held}.`;
  if (told.would === null || told.reason.code === 'report') return sentence;
  return `${sentence} Report mode held back a block (${told.would.code}).`;
}

function endedText({ ended }: Told): string {
  return ended === null ? '' : ` The exemption ${ended.name} ended with ${ended.day}.`;
}

/** One sentence for the user who was refused, naming the rule. */
export function tellRefused(told: Told): string {
  return REFUSALS[told.reason.code]?.(told) ?? `${told.what} was refused by this network's policy.`;
}

type Sentence = (told: Told) => string;

const SENTENCES: Readonly<Record<Reason['code'], Sentence>> = {
  'bad-destination': ({ what }) =>
    `${what} is no destination for a proxy: it is malformed, an address that no rule names, the gate itself, or port 443 in clear text. It is blocked.`,
  rule: ({ what, reason }) => `The block rule ${reason.rule} covers ${what}: it is blocked.`,
  'copilot-plan': (told) => `${told.what} is blocked: ${planSentence(told)}.`,
  'not-named': ({ what }) => `No rule names ${what}: it passes unseen.`,
  'not-allowed': ({ what, who }) => `No allow entry covers ${what} for ${who}: it is blocked.`,
  named: ({ what, reason }) =>
    reason.rule === null ? `${what} may pass.` : `${what} may pass: ${reason.rule} names it.`,
  'authority-mismatch': ({ what }) =>
    `The request names another host than its connection to ${what}: it is blocked.`,
  'ambiguous-path': ({ what }) =>
    `Servers could read the path of ${what} in ways that lead to different decisions: it is blocked.`,
  'bad-path': ({ what }) => `The path of ${what} has characters that no path has: it is blocked.`,
  'path-not-allowed': ({ what, who }) =>
    `Only some paths of this host are allowed, and ${what.includes('/') ? what : `${what}/`} is not among them for ${who}: it is blocked.`,
  restricted: ({ what, who, host, stamped }) =>
    `${what} is ${host} and nobody exempted ${who}: the request goes on, stamped ${stamped}.`,
  exempt: ({ what, who, reason }) =>
    `The exemption ${reason.exemption} lifts the restriction for ${who}: ${what} goes on without the stamp.`,
  unrestricted: ({ what }) =>
    `${what} may pass, and the restriction does not concern it: the request goes on without a stamp.`,
  'would-restrict': ({ what, who, host }) =>
    `${what} is ${host} and nobody exempted ${who}, but the restriction is in report mode: the request goes on without the stamp.`,
  report: ({ what, would }) =>
    `${what} passes only because of report mode: otherwise it would be blocked (${would?.code ?? 'report'}${would?.rule == null ? '' : `, ${would.rule}`}).`,
};

const REFUSALS: Readonly<Partial<Record<Reason['code'], Sentence>>> = {
  'bad-destination': ({ what }) => `${what} is not a destination that this network's proxy serves.`,
  rule: ({ what, reason }) => `This network blocks ${what} by the rule "${reason.rule}".`,
  'copilot-plan': (told) => `This network blocks ${told.what} (copilot-plan): ${planSentence(told)}.`,
  'not-allowed': ({ what }) =>
    `This network does not allow ${what}: no rule of its policy permits it (not-allowed).`,
  'authority-mismatch': ({ what }) =>
    `The request names another host than the connection to ${what} was opened for (authority-mismatch).`,
  'ambiguous-path': () =>
    'Servers could read the path of this request in more than one way (ambiguous-path).',
  'bad-path': () => 'The path of this request has characters that no path has (bad-path).',
  'path-not-allowed': ({ what, reason }) =>
    `This network allows only some paths of ${what}, and this is none of them (path-not-allowed${reason.rule === null ? '' : `, ${reason.rule}`}).`,
};

function planSentence({ plan, plans }: Told): string {
  const own = plan === null || plan === 'generic' ? 'no Copilot plan of its own' : `the Copilot plan ${plan}`;
  const open = plans === null ? 'only hosts of a plan' : `only the hosts of ${plans.join(' and ')}`;
  return `it is a host of ${own}, and this network allows ${open}`;
}
