// The switch of a running gate's stamp, as its admin API offers it.
// Must not know who switches, or why.
import { z } from 'zod';
import type { Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { AdminClient } from '../admin-client.ts';

export type StampState = 'on' | 'off';

/** How the stamp stands; trouble where the gate lets nobody switch it. */
export function askStamp(client: AdminClient): Promise<Result<{ readonly stamp: StampState }, Trouble>> {
  return client.ask({ method: 'GET', path: '/api/v1/stamp', shape: STAMP });
}

/** Switches, and says how it stands then. */
export function turnStamp(
  client: AdminClient,
  stamp: StampState,
): Promise<Result<{ readonly stamp: StampState }, Trouble>> {
  return client.ask({ method: 'POST', path: '/api/v1/stamp', body: { stamp }, shape: STAMP });
}

const STAMP: z.ZodType<{ readonly stamp: StampState }> = z.object({ stamp: z.enum(['on', 'off']) });
