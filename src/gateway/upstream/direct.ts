// The route that leads straight to upstream. Must not know what will be sent.
import type { Limits } from '../../core/settings/limits.ts';
import type { Route } from '../../ports.ts';
import { raceTo } from './race.ts';

export function directRoute({ connectTimeoutMs }: Pick<Limits, 'connectTimeoutMs'>): Route {
  return { connect: (_target, endpoints) => raceTo(endpoints, { timeoutMs: connectTimeoutMs }) };
}
