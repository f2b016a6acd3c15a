// A strict reading of a certificate's subject alternative names, besides OpenSSL's own. No common name, no guesses.
import { isIP } from 'node:net';

/**
 * True when one entry names the host exactly, or as `*.PARENT` for one label with a parent of two labels or more.
 * `subjectAltName` is Node's text: `DNS:a.example, IP Address:10.0.0.1`. Quoted entries hold odd characters: refused whole.
 */
export function sanMatches(host: string, subjectAltName: string): boolean {
  if (!/^[\x20-\x7e]*$/.test(subjectAltName) || subjectAltName.includes('"')) return false;
  const kind = isIP(host) === 0 ? 'DNS:' : 'IP Address:';
  const wanted = host.toLowerCase();
  return subjectAltName
    .split(', ')
    .filter((entry) => entry.startsWith(kind))
    .map((entry) => entry.slice(kind.length).toLowerCase())
    .some((name) => (kind === 'DNS:' ? nameMatches(wanted, name) : sameAddress(wanted, name)));
}

function nameMatches(host: string, name: string): boolean {
  if (name === host) return true;
  if (!name.startsWith('*.') || name.indexOf('*', 1) >= 0) return false;
  const parent = name.slice(2);
  const dot = host.indexOf('.');
  return parent.includes('.') && dot > 0 && host.slice(dot + 1) === parent;
}

function sameAddress(host: string, name: string): boolean {
  return host === name || (host.includes(':') && expanded(host) === expanded(name));
}

// Node prints IPv6 entries as eight groups without leading zeros.
function expanded(address: string): string {
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const middle = address.includes('::') ? Array<string>(8 - left.length - right.length).fill('0') : [];
  return [...left, ...middle, ...right].map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}
