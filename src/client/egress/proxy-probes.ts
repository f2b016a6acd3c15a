// What must not get through a proxy: the gate that the network leads to, and any other that the variables name.
// Must not know the policy; it asks for what every policy with the presets of the gate refuses.
import {
  BROWSER_EDITOR_HOST,
  SSH_HTTPS_HOST,
  WEB_ADDRESS,
  WEB_HOST,
} from '../../core/vendors/github/ways-around.ts';
import { type Answered, askThrough } from '../proxied-request.ts';
import { closed, type Finding, open, type Probe, unknown } from './probe.ts';

export interface ProxySurroundings {
  /** `http://USER:PASSWORD@HOST:PORT` */
  readonly proxy: string;
  readonly gateCa: string | null;
  readonly timeoutMs: number;
}

/** What is asked for through the gate. An answer of the gate itself is a refusal. */
export function proxyProbes(surroundings: ProxySurroundings): readonly Probe[] {
  return ROWS.map(({ id, url, mend }) => ({
    ...{ id, mend },
    destination: `${url} by the proxy`,
    try: async () => refusalOf(await ask(surroundings, url), surroundings),
  }));
}

/** Proxies that the variables name and that are not the gate: each must not lead to GitHub. */
export function otherProxyProbes(proxies: readonly string[], timeoutMs: number): readonly Probe[] {
  return proxies.map((proxy) => ({
    id: 'other-proxy',
    destination: `https://${WEB_HOST}/ by ${withoutCredentials(proxy)}`,
    mend: 'let clients reach no other proxy than the gate',
    try: async () => {
      const answered = await ask({ proxy, gateCa: null, timeoutMs }, `https://${WEB_HOST}/`);
      if (answered.kind === 'refused') return closed(`it answers ${answered.status} to the CONNECT`);
      if (answered.kind === 'silent' && !isCertificateMatter(answered.why)) return closed(answered.why);
      return open(`it leads to a server that says it is ${WEB_HOST}`);
    },
  }));
}

const ROWS: readonly { readonly id: string; readonly url: string; readonly mend: string }[] = [
  {
    id: 'proxy-ssh',
    url: `https://${WEB_HOST}:22/`,
    mend: `allow no port but 443 for ${WEB_HOST} in the policy: block the preset ssh`,
  },
  {
    id: 'proxy-ssh',
    url: `https://${SSH_HTTPS_HOST}/`,
    mend: 'block the preset ssh in the policy',
  },
  {
    id: 'proxy-codespaces',
    url: `https://${BROWSER_EDITOR_HOST}/`,
    mend: 'block the preset codespaces in the policy',
  },
  {
    id: 'proxy-address',
    url: `https://${WEB_ADDRESS}/`,
    mend: 'allow no addresses in the policy, and keep otherwise: block',
  },
];

async function ask({ proxy, gateCa, timeoutMs }: ProxySurroundings, url: string): Promise<Answered> {
  const ca = gateCa === null ? [] : [gateCa];
  return askThrough({ kind: 'proxy', url: proxy }, { url, patienceMs: timeoutMs }, { ca });
}

function refusalOf(answered: Answered, { gateCa }: ProxySurroundings): Finding {
  switch (answered.kind) {
    case 'refused':
      return answered.status === 407
        ? unknown('the proxy wants credentials: write them into --proxy')
        : closed(`${answered.status} to the CONNECT`);
    case 'answered':
      return isFromGate(answered.headers) && answered.status >= 400
        ? closed(`${answered.status} of the gate inside the tunnel`)
        : open(`${answered.status} of the destination`);
    case 'silent':
      if (!isCertificateMatter(answered.why)) return unknown(answered.why);
      return gateCa === null
        ? unknown('the tunnel opens; --ca would show whether the gate refuses inside it')
        : open("the tunnel leads to a certificate that is not the gate's");
  }
}

function isFromGate(headers: readonly string[]): boolean {
  return headers.some(
    (value, at) =>
      at % 2 === 1 && headers[at - 1]?.toLowerCase() === 'proxy-status' && value.startsWith('Gatewright'),
  );
}

/** What OpenSSL and Node say of a certificate that they do not believe. */
function isCertificateMatter(why: string): boolean {
  return /certificate|altname/i.test(why);
}

function withoutCredentials(proxy: string): string {
  return proxy.replace(/\/\/[^/@]*@/, '//');
}
