// Where GitHub honours the restriction, under which name, and which Copilot plan a host belongs to.
// Sources: SOURCES.restriction (header, supported endpoints), SOURCES.copilotAllowlist (plans).
// Must not know policies.
import { isAtOrUnder, isUnder } from '../../base/hostname.ts';

/** The restriction header as GitHub's page writes it; header names compare without case. */
export const RESTRICTION_HEADER = 'sec-GitHub-allowed-enterprise';

/** The supported endpoints, as patterns: on every other host the header is ignored. */
export const SUPPORTED_ENDPOINTS: readonly string[] = ['github.com', 'api.github.com', '*.githubcopilot.com'];

/** The domains whose every host is looked into while a restriction is in force, so that the inner Host is checked. */
export const RESTRICTED_DOMAINS: readonly string[] = ['github.com', 'githubcopilot.com'];

/** The most enterprises that one header may name. */
export const MAX_ENTERPRISES = 20;

/** The domain of all Copilot services. */
export const COPILOT_DOMAIN = 'githubcopilot.com';

export const COPILOT_PLANS = ['individual', 'business', 'enterprise'] as const;
export type CopilotPlan = (typeof COPILOT_PLANS)[number];

/** The domain of all Copilot services, and under it that of each plan. */
export const COPILOT_ZONES: readonly string[] = [
  COPILOT_DOMAIN,
  ...COPILOT_PLANS.map((plan) => `${plan}.${COPILOT_DOMAIN}`),
];

/** True for the hosts on which GitHub honours the restriction. `host` is lower-case. */
export function isSupportedEndpoint(host: string): boolean {
  return host === 'github.com' || host === 'api.github.com' || isUnder(host, COPILOT_DOMAIN);
}

/** True for the supported endpoints that programs call, not browsers: what they are told is JSON. */
export function isApiEndpoint(host: string): boolean {
  return host !== 'github.com' && isSupportedEndpoint(host);
}

/** True for github.com, githubcopilot.com and everything under them. */
export function isUnderRestrictedDomain(host: string): boolean {
  return RESTRICTED_DOMAINS.some((domain) => isAtOrUnder(host, domain));
}

/** The plan that a Copilot host is tied to; `generic` for one under githubcopilot.com that is tied to none; else null. */
export function copilotPlanOf(host: string): CopilotPlan | 'generic' | null {
  if (!isAtOrUnder(host, COPILOT_DOMAIN)) return null;
  return COPILOT_PLANS.find((plan) => isAtOrUnder(host, `${plan}.${COPILOT_DOMAIN}`)) ?? 'generic';
}

/** Supported endpoints by their full names: those of `SUPPORTED_ENDPOINTS`, and the Copilot hosts that clients use. */
export function knownSupportedHosts(): readonly string[] {
  const services = ['api', 'proxy', 'telemetry', 'origin-tracker'];
  return [
    'github.com',
    'api.github.com',
    ...COPILOT_ZONES.flatMap((zone) => services.map((name) => `${name}.${zone}`)),
  ];
}
