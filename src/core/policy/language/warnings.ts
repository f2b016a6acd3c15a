// What is legal in a policy and probably not meant: `gatewright check` shows it. Must not know traffic.
import type { Fault } from '../../base/document.ts';
import { COPILOT_DOMAIN, COPILOT_PLANS } from '../../vendors/github/endpoints.ts';
import { GITHUB } from '../../vendors/github/github.ts';
import { BROWSER_EDITOR_HOST, SSH_HTTPS_HOST } from '../../vendors/github/ways-around.ts';
import { type EndingExemption, endingExemptions } from './ending-exemptions.ts';
import {
  type HostPattern,
  hostMatches,
  includesHosts,
  mayOverlap,
  type Pattern,
  parsePattern,
} from './pattern.ts';
import type { Exemption, Place, PolicyDocument, Rule, WhoClause } from './policy-document.ts';
import { deviceClauses, type KnownListener, unaskedUsers } from './unmet-clauses.ts';

export const WARNING_CODES = [
  'report-mode',
  'exemption-expired',
  'exemption-ends-soon',
  'exemption-without-effect',
  'group-without-members',
  'device-unknown',
  'users-unknown',
  'name-twice',
  'individual-beside-restrict',
  'generic-copilot-blocked',
  'plan-hosts-unseen',
  'allow-shadowed',
  'codespaces-open',
  'ssh-open',
] as const;

export type WarningCode = (typeof WARNING_CODES)[number];

/** A fault that refuses nothing. */
export interface Warning extends Fault {
  readonly code: WarningCode;
}

/**
 * Everything worth a second look, in the order of the codes. `nowMs` counts milliseconds since 1970 UTC; `listeners` are
 * those of the settings, where they are known.
 */
export function warningsOf(
  document: PolicyDocument,
  options: { readonly nowMs: number; readonly listeners?: readonly KnownListener[] },
): readonly Warning[] {
  return [
    ...reportMode(document),
    ...endingExemptions(document, options).map(ending),
    ...document.exempt.flatMap((exemption) => withoutEffect(document, exemption)),
    ...emptyGroups(document),
    ...unmetWarnings(document, options.listeners),
    ...namesTwice(document),
    ...copilotWarnings(document),
    ...unseenPlanHosts(document),
    ...document.allow.flatMap((rule) => shadowed(document, rule)),
    ...openDoors(document),
  ];
}

/** Where listeners are known, devices are a fault by then; a policy alone may be asked about them. */
function unmetWarnings(document: PolicyDocument, listeners: readonly KnownListener[] | undefined): Warning[] {
  return listeners === undefined
    ? deviceClauses(document).map((fault) => ({ code: 'device-unknown', ...fault }))
    : unaskedUsers(document, listeners).map((fault) => ({ code: 'users-unknown', ...fault }));
}

function warn(
  code: WarningCode,
  place: Place,
  words: { value: string; problem: string; mend: string },
): Warning {
  return { code, file: place.file, line: place.line, column: place.column, ...words };
}

function reportMode(document: PolicyDocument): Warning[] {
  if (document.mode === 'enforce') return [];
  const problem = 'nothing is stopped and nothing is stamped';
  return [
    warn('report-mode', document.modePlace, {
      value: 'report',
      problem,
      mend: 'set mode: enforce when the record looks right',
    }),
  ];
}

function ending({ name, until, daysLeft, ended, ...place }: EndingExemption): Warning {
  if (ended) {
    const problem = `the exemption ended with ${until} and no longer applies`;
    return warn('exemption-expired', place, { value: name, problem, mend: 'remove it, or set a later day' });
  }
  const when = daysLeft === 0 ? 'today' : daysLeft === 1 ? 'tomorrow' : `in ${daysLeft} days`;
  const problem = `the exemption ends with ${until}, ${when}`;
  const mend = 'set a later day if it is still needed';
  return warn('exemption-ends-soon', place, { value: name, problem, mend });
}

function withoutEffect(document: PolicyDocument, exemption: Exemption): Warning[] {
  const why = noEffectOf(document, exemption);
  if (why === null) return [];
  return [warn('exemption-without-effect', exemption.place, { value: exemption.name, ...why })];
}

function noEffectOf(
  document: PolicyDocument,
  exemption: Exemption,
): { problem: string; mend: string } | null {
  const lifted = stampedBy(document, exemption.vendors);
  if (lifted === null)
    return exemption.vendors.includes(GITHUB.name)
      ? { problem: 'there is no restriction to lift', mend: 'add "restrict", or remove it' }
      : { problem: 'nothing is set that it lifts', mend: 'add the vendor to "tenants", or remove it' };
  if (exemption.to.length === 0) return null;
  return exemption.to.some(({ host }) => lifted.some((other) => mayOverlap(host, other)))
    ? null
    : { problem: 'no host that it names is ever stamped', mend: 'name a supported endpoint, or remove it' };
}

/** Where headers of these vendors are set; null where none is. */
function stampedBy(
  { restrict, tenants }: PolicyDocument,
  vendors: readonly string[],
): readonly HostPattern[] | null {
  const also = restrict !== null && vendors.includes(GITHUB.name) ? restrict.also : null;
  const others = tenants.flatMap(({ vendor }) => (vendors.includes(vendor.name) ? [vendor] : []));
  if (also === null && others.length === 0) return null;
  const set = [...(also === null ? [] : [GITHUB]), ...others].flatMap(({ hosts }) => hosts);
  const patterns = set.flatMap((text) => {
    const pattern = parsePattern(text, null);
    return pattern.ok ? [pattern.value] : [];
  });
  return [...patterns, ...(also ?? [])].map(({ host }) => host);
}

function emptyGroups(document: PolicyDocument): Warning[] {
  const rules: readonly Rule[] = [...document.exempt, ...document.allow, ...document.block];
  return rules.flatMap((rule) =>
    [rule.who, rule.unless]
      .flatMap((clause) => groupsOf(clause).filter((group) => isEmpty(document, group)))
      .map((group) => {
        const problem = `the rule ${rule.name} uses this group, and the policy lists nobody in it`;
        return warn('group-without-members', rule.place, {
          value: group,
          problem,
          mend: 'list its members, unless an identity source knows them',
        });
      }),
  );
}

function groupsOf(clause: WhoClause | null): readonly string[] {
  return clause?.groups ?? [];
}

function isEmpty(document: PolicyDocument, group: string): boolean {
  return (document.groups.get(group) ?? []).length === 0;
}

function namesTwice(document: PolicyDocument): Warning[] {
  return [document.exempt, document.block].flatMap((rules: readonly Rule[]) => {
    const seen = new Set<string>();
    return rules.flatMap((rule) => {
      if (!seen.has(rule.name)) {
        seen.add(rule.name);
        return [];
      }
      const problem = 'an earlier rule has the same name, so records cannot tell them apart';
      return [
        warn('name-twice', rule.place, { value: rule.name, problem, mend: 'give it a "name" of its own' }),
      ];
    });
  });
}

function copilotWarnings({ copilot, restrict }: PolicyDocument): Warning[] {
  const found: Warning[] = [];
  if (restrict !== null && copilot.plans?.includes('individual') === true) {
    const problem = 'individual plans belong to personal accounts, which the restriction refuses';
    found.push(
      warn('individual-beside-restrict', copilot.place, {
        value: 'individual',
        problem,
        mend: 'leave individual out',
      }),
    );
  }
  if (copilot.generic === 'block') {
    const problem =
      "GitHub's MCP server and code review on self-hosted runners use api.githubcopilot.com on every plan, and it is blocked";
    found.push(
      warn('generic-copilot-blocked', copilot.place, {
        value: 'generic: block',
        problem,
        mend: 'set generic: allow if they are needed',
      }),
    );
  }
  return found;
}

/** Plan routing that knows only what a tunnel is called: what is asked inside it could be another plan's host. */
function unseenPlanHosts({ copilot, restrict, allow, inspect, otherwise }: PolicyDocument): Warning[] {
  if (restrict !== null || (copilot.plans === null && copilot.generic === 'allow')) return [];
  const zones = [
    ...(copilot.plans ?? COPILOT_PLANS).map((plan) => `${plan}.${COPILOT_DOMAIN}`),
    ...(copilot.generic === 'allow' ? [COPILOT_DOMAIN] : []),
  ].map((parent): HostPattern => ({ kind: 'under', parent }));
  const isOpen = (zone: HostPattern): boolean =>
    otherwise.do === 'splice' || allow.some(({ to }) => to.some(({ host }) => mayOverlap(host, zone)));
  const isSeen = (zone: HostPattern): boolean => inspect.some(({ host }) => includesHosts(host, zone));
  if (!zones.some((zone) => isOpen(zone) && !isSeen(zone))) return [];
  const problem =
    "tunnels to the open hosts of Copilot pass unseen, so a client may ask inside one for another plan's host";
  const mend = `add "*.${COPILOT_DOMAIN}" to inspect, or use restrict`;
  return [warn('plan-hosts-unseen', copilot.place, { value: 'copilot', problem, mend })];
}

/** An allow entry whose every destination a block for everyone covers whole. */
function shadowed(document: PolicyDocument, rule: Rule): Warning[] {
  const blocks = document.block.filter(
    ({ who, unless, mode }) => who === null && unless === null && mode === 'enforce',
  );
  const block = blocks.find(
    ({ to }) => rule.to.length > 0 && rule.to.every((pattern) => to.some((by) => swallows(by, pattern))),
  );
  if (block === undefined) return [];
  const problem = `the block rule ${block.name} covers all of it, and blocks outrank allows`;
  return [warn('allow-shadowed', rule.place, { value: rule.name, problem, mend: 'remove one of the two' })];
}

function swallows(block: Pattern, allow: Pattern): boolean {
  if (block.path !== null || (block.port !== null && block.port !== allow.port)) return false;
  return includesHosts(block.host, allow.host);
}

/** Ways around the restriction that GitHub's page tells networks to close. */
function openDoors(document: PolicyDocument): Warning[] {
  const { restrict } = document;
  if (restrict === null) return [];
  const doors = [
    { code: 'codespaces-open', host: BROWSER_EDITOR_HOST, port: 443, preset: 'codespaces' },
    { code: 'ssh-open', host: SSH_HTTPS_HOST, port: 443, preset: 'ssh' },
  ] as const;
  return doors.flatMap(({ code, host, port, preset }) => {
    const names = ({ to }: Rule): boolean =>
      to.some(
        (pattern) =>
          hostMatches(pattern.host, host) && (pattern.port ?? port) === port && pattern.path === null,
      );
    if (document.block.some(names)) return [];
    if (document.otherwise.do === 'block' && !document.allow.some(names)) return [];
    const problem = `${host} can be reached, and the restriction does not work there`;
    return [warn(code, restrict.place, { value: host, problem, mend: `add "- preset: ${preset}" to block` })];
  });
}
