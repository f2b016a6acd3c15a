// Whether a request that goes through the proxy reaches the simulated GitHub with exactly one restriction header.
// Must not know how the gate stamps.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { RESTRICTION_HEADER } from '../../core/vendors/github/endpoints.ts';
import { API_HOST } from '../../core/vendors/github/ways-around.ts';
import { askThrough } from '../proxied-request.ts';
import { closed, type Finding, open, type Probe, unknown } from './probe.ts';
import type { ProxySurroundings } from './proxy-probes.ts';

export interface StampSurroundings extends ProxySurroundings {
  /** `https://HOST:PORT` of the simulator, and the CA of its certificates. */
  readonly simulator: string;
  readonly simulatorCa: string;
}

/** Sends a request with a header of its own making through the proxy, and looks at what arrived. */
export function stampProbe(surroundings: StampSurroundings): Probe {
  return {
    id: 'stamp',
    destination: `https://${API_HOST}/ by the proxy, as ${surroundings.simulator} saw it`,
    mend: `name the enterprise under restrict in the policy, and see that ${API_HOST} is looked into`,
    try: () => tryStamp(surroundings),
  };
}

const FORGED = 'forged-by-selftest';
const REQUESTS = z.array(z.object({ path: z.string(), headers: z.array(z.tuple([z.string(), z.string()])) }));

async function tryStamp(surroundings: StampSurroundings): Promise<Finding> {
  const { proxy, gateCa, timeoutMs, simulator, simulatorCa } = surroundings;
  const path = `/selftest/${randomUUID()}`;
  const sent = await askThrough(
    { kind: 'proxy', url: proxy },
    { url: `https://${API_HOST}${path}`, headers: [RESTRICTION_HEADER, FORGED], patienceMs: timeoutMs },
    { ca: gateCa === null ? [] : [gateCa] },
  );
  if (sent.kind !== 'answered')
    return unknown(sent.kind === 'silent' ? sent.why : `${sent.status} to the CONNECT`);
  const { hostname, port } = new URL(simulator);
  const asked = await askThrough(
    { kind: 'direct', host: hostname, port: port === '' ? 443 : Number(port) },
    { url: `https://localhost/_simulator/requests`, patienceMs: timeoutMs },
    { ca: [simulatorCa] },
  );
  if (asked.kind !== 'answered' || asked.status !== 200)
    return unknown(`the simulator does not tell: ${asked.kind === 'silent' ? asked.why : asked.status}`);
  const seen = REQUESTS.safeParse(JSON.parse(asked.body));
  const arrived = seen.success ? seen.data.find((one) => one.path === path) : undefined;
  if (arrived === undefined) return unknown('the request did not reach this simulator');
  const stamps = arrived.headers.filter(([name]) => name.toLowerCase() === RESTRICTION_HEADER.toLowerCase());
  const [only, more] = stamps;
  if (only === undefined) return open('it arrived without the header');
  if (more !== undefined || only[1] === FORGED) return open(`it arrived with ${JSON.stringify(stamps)}`);
  return closed(`it arrived with ${only[1]}, and without what the client sent`);
}
