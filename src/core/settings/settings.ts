// The settings of one machine, read and complete: every default filled in, every path absolute.
// Must not know the file's format; settings-document.ts reads it.
import type { Hostname } from '../base/hostname.ts';
import type { Cidr, IpAddress } from '../base/ip-address.ts';
import type { Limits } from './limits.ts';

/** Where to listen; port 0 lets the system choose. */
export interface ListenAddress {
  readonly address: IpAddress;
  readonly port: number;
}

/** What is spoken on a listener, by the word that settings have for it: HTTP, or SOCKS5. */
export const LISTENER_DOORS = ['proxy', 'socks'] as const;

export type ListenerDoor = (typeof LISTENER_DOORS)[number];

export interface ListenerSettings {
  readonly name: string;
  readonly door: ListenerDoor;
  readonly at: ListenAddress;
  readonly credentials: 'none' | 'required';
  /** Peers that may speak for another address with a PROXY header; empty: nobody may, and none is expected. */
  readonly proxyProtocol: readonly Cidr[];
}

/** One line of the resolve map; the most exact one wins: host and port, any host on a port, anything. */
export interface ResolveRule {
  readonly host: Hostname | IpAddress | null;
  readonly port: number | null;
  /** Null: this has no address, as if its name did not exist. */
  readonly to: { readonly address: IpAddress; readonly port: number } | null;
}

/** Where GitHub's list of domains is asked for: an https address, in its parts. */
export interface MetaPlace {
  readonly url: string;
  readonly host: Hostname;
  readonly port: number;
  /** With its query. */
  readonly path: string;
}

export interface Settings {
  readonly policy: string;
  /** Files that people change while the gate runs are the same, bytes and times, in two reads so far apart. */
  readonly settleMs: number;
  /** IANA name; days of the policy end at midnight there. */
  readonly timeZone: string;
  readonly listeners: readonly ListenerSettings[];
  readonly identity: { readonly htpasswd: string | null };
  readonly ca: {
    readonly dir: string;
    readonly leafDays: number;
    /** Where clients fetch the revocation list; null: from the first listener's own address. */
    readonly crlUrl: string | null;
  };
  readonly upstream: {
    /** The system's roots, or PEM files. */
    readonly roots: 'system' | readonly string[];
    readonly resolve: readonly ResolveRule[];
    readonly allowPrivate: readonly Cidr[];
  };
  readonly audit: {
    readonly dir: string;
    /** Null keeps everything. */
    readonly keepMs: number | null;
    readonly fsyncMs: number;
  };
  readonly allowlist: {
    /** Null: the gate never asks. */
    readonly meta: MetaPlace | null;
    readonly everyMs: number;
    /** Null: all. */
    readonly categories: readonly string[] | null;
  };
  readonly admin: {
    readonly listen: ListenAddress;
    readonly tokenFile: string;
    readonly auditorTokenFile: string | null;
    readonly metrics: 'token' | 'open';
    /** True when the admin API may switch the stamp off and on: for demos and trials. */
    readonly stampSwitch: boolean;
    /** Names, besides the listening address and localhost, under which the admin API is asked. */
    readonly hosts: readonly Hostname[];
  };
  readonly workers: number | 'auto';
  readonly limits: Limits;
  readonly refusal: { readonly contact: string | null; readonly helpUrl: string | null };
}
