// New tokens, codes and identifiers in GitHub's spellings. Must not know who gets them.
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import type { CopilotPlan } from '../core/contract/world.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `ghp_`, `gho_` and the like with 36 characters behind; refresh tokens have 76. */
export function userToken(prefix: 'gho' | 'ghu' | 'ghr'): string {
  return `${prefix}_${letters(prefix === 'ghr' ? 76 : 36)}`;
}

/**
 * An installation token in today's form, `ghs_APPID_JWT`, about 520 characters with two dots.
 * Documented to match `ghs_[A-Za-z0-9._]{36,}`, so it is made anew until base64url gives no hyphen.
 */
export function installationToken(appId: number, nowMs: number): string {
  for (;;) {
    const head = encoded({ alg: 'HS256', typ: 'JWT', kid: letters(43) });
    const payload = encoded({ iss: appId, iat: Math.floor(nowMs / 1000), jti: letters(200) });
    const signature = createHmac('sha256', randomBytes(32)).update(`${head}.${payload}`).digest('base64url');
    if (!signature.includes('-')) return `ghs_${appId}_${head}.${payload}.${signature}`;
  }
}

/** An installation token as they were before: `ghs_` and 36 characters. */
export function oldInstallationToken(): string {
  return `ghs_${letters(36)}`;
}

/** `tid=…;exp=…;sku=…;…:SIGNATURE`, as the Copilot hosts take it. `expiresMs` is since 1970 UTC. */
export function copilotToken(plan: CopilotPlan, expiresMs: number): string {
  const fields = [
    `tid=${randomBytes(16).toString('hex')}`,
    `exp=${Math.floor(expiresMs / 1000)}`,
    `sku=${COPILOT_SKUS[plan]}`,
    `proxy-ep=proxy.${plan}.githubcopilot.com`,
    'st=dotcom',
    'chat=1',
    'cit=1',
    '8kp=1',
  ];
  return `${fields.join(';')}:${randomBytes(32).toString('hex')}`;
}

export const COPILOT_SKUS: Readonly<Record<CopilotPlan, string>> = {
  individual: 'plus_monthly_subscriber_quota',
  business: 'copilot_for_business_seat_quota',
  enterprise: 'copilot_enterprise_seat_quota',
};

/** Twenty hexadecimal digits, as codes of the web flow are. */
export function webFlowCode(): string {
  return randomBytes(10).toString('hex');
}

/** Forty hexadecimal digits for the device, and `XXXX-XXXX` for the person. */
export function deviceCodes(): { readonly device: string; readonly user: string } {
  const half = (): string => Array.from({ length: 4 }, () => 'BCDFGHJKLMNPQRSTVWXZ'[randomInt(20)]).join('');
  return { device: randomBytes(20).toString('hex'), user: `${half()}-${half()}` };
}

export function sessionId(): string {
  return randomBytes(24).toString('base64url');
}

function letters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
