// The GitHub Apps of the world: a key pair each, made at start, and the JSON Web Tokens signed with it.
// Must not know installations or what an app may do.
import { createPublicKey, generateKeyPair, type KeyObject, verify } from 'node:crypto';
import { promisify } from 'node:util';

export interface App {
  /** What a JSON Web Token's `iss` says, besides the slug. */
  readonly id: number;
  readonly slug: string;
  /** PKCS #1 PEM, as GitHub hands it out. */
  readonly privatePem: string;
}

/** Apps are numbered from 100001 in the order in which the world first names them. */
export class AppKeys {
  readonly apps: readonly App[];
  readonly #keys: ReadonlyMap<string, { readonly app: App; readonly key: KeyObject }>;

  private constructor(apps: readonly App[]) {
    this.apps = apps;
    const entries = apps.flatMap((app) => {
      const entry = { app, key: createPublicKey(app.privatePem) };
      return [[app.slug, entry] as const, [String(app.id), entry] as const];
    });
    this.#keys = new Map(entries);
  }

  static async create(slugs: readonly string[]): Promise<AppKeys> {
    const generate = promisify(generateKeyPair);
    const made = [...new Set(slugs)].map(async (slug, at): Promise<App> => {
      const { privateKey } = await generate('rsa', { modulusLength: 2048 });
      const privatePem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
      return { id: FIRST_ID + at, slug, privatePem };
    });
    return new AppKeys(await Promise.all(made));
  }

  byName(slug: string): App | null {
    return this.#keys.get(slug)?.app ?? null;
  }

  /**
   * The slug of the app that signed this token (RS256), or null: bad signature, unknown `iss`, expired,
   * issued in the future, or good for more than ten minutes (GitHub Docs, "Generating a JSON Web Token for a GitHub App").
   */
  verified(token: string, nowMs: number): string | null {
    const [head, payload, signature] = token.split('.');
    if (head === undefined || payload === undefined || signature === undefined) return null;
    const claims = readJson(payload);
    const entry = this.#keys.get(String(claims['iss']));
    if (entry === undefined || readJson(head)['alg'] !== 'RS256') return null;
    if (!isTimely(claims, nowMs / 1000)) return null;
    const signed = Buffer.from(`${head}.${payload}`);
    return verify('RSA-SHA256', signed, entry.key, Buffer.from(signature, 'base64url'))
      ? entry.app.slug
      : null;
  }
}

const FIRST_ID = 100_001;
const MOST_SECONDS = 600;
const CLOCK_DRIFT_SECONDS = 60;

function isTimely(claims: Readonly<Record<string, unknown>>, now: number): boolean {
  const { iat, exp } = claims;
  if (typeof iat !== 'number' || typeof exp !== 'number') return false;
  return iat <= now + CLOCK_DRIFT_SECONDS && exp > now && exp - now <= MOST_SECONDS + CLOCK_DRIFT_SECONDS;
}

function readJson(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
