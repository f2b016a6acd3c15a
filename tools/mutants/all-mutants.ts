// The list of the mutants. Must not know how one is planted.
import { commandLineMutants } from './command-line.ts';
import { doorMutants } from './door.ts';
import { http1Mutants } from './http1.ts';
import { http2FieldsMutants } from './http2-fields.ts';
import { http2SessionsMutants } from './http2-sessions.ts';
import { identityAndRouteMutants } from './identity-and-route.ts';
import type { Mutant } from './mutant.ts';
import { policyMutants } from './policy.ts';
import { recordMutants } from './record.ts';
import { settingsMutants } from './settings.ts';
import { stampMutants } from './stamps.ts';
import { upstreamMutants } from './upstream.ts';

export const ALL_MUTANTS: readonly Mutant[] = [
  ...policyMutants,
  ...stampMutants,
  ...doorMutants,
  ...identityAndRouteMutants,
  ...http1Mutants,
  ...http2FieldsMutants,
  ...http2SessionsMutants,
  ...upstreamMutants,
  ...settingsMutants,
  ...recordMutants,
  ...commandLineMutants,
];
