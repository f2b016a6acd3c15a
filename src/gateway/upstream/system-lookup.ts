// Names to addresses as this machine has them: `/etc/hosts` and DNS, in the system's order. Names whose servers are silent
// do not stand in front of all others. Must not know who asks, nor which addresses may be reached.
import { lookup, Resolver } from 'node:dns/promises';

export interface LookupWays {
  /** The system's resolver. */
  readonly system: (host: string) => Promise<readonly string[]>;
  /** The same servers, asked without the system's resolver. */
  readonly servers: (host: string) => Promise<readonly string[]>;
}

/**
 * The system's resolver holds a thread until it has an answer, and Node lends it two (libuv's docs, threadpool.html: half
 * of four for slow work). Two silent names would stop all others for ten seconds and more, so that while two wait the
 * servers are asked as well, and whoever has addresses first is believed.
 */
export function systemLookup(ways: LookupWays = machineWays()): (host: string) => Promise<readonly string[]> {
  let waiting = 0;
  const askSystem = async (host: string): Promise<readonly string[]> => {
    waiting += 1;
    try {
      return await ways.system(host);
    } finally {
      waiting -= 1;
    }
  };
  return async (host) => {
    if (waiting < THREADS) return askSystem(host);
    if (waiting >= QUEUE) return ways.servers(host);
    const both = [askSystem(host), ways.servers(host)];
    try {
      return await Promise.any(both);
    } catch {
      // What the system says of a name that has no address is what people know.
      return both[0] ?? [];
    }
  };
}

function machineWays(): LookupWays {
  return {
    system: async (host) => {
      const found = await lookup(host, { all: true, order: 'verbatim' });
      return found.map(({ address }) => address);
    },
    servers: async (host) => {
      // Made for each name: one that is kept would go on with servers that resolv.conf no longer names.
      const resolver = new Resolver({ timeout: SERVER_MS, tries: 2 });
      const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      const addresses = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      const [failed] = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      if (addresses.length === 0 && failed !== undefined) throw failed;
      return addresses;
    },
  };
}

const THREADS = 2;
/** Beyond, the system's resolver would answer nobody in time. */
const QUEUE = 64;
const SERVER_MS = 2_000;
