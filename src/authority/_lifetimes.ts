// How long things live, in one place. Must not know what they are.

export const DAY_MS = 86_400_000;

/** Certificates and lists start this much in the past: laptops whose clocks are behind still accept them. */
export const CLOCK_SKEW_MS: number = DAY_MS;

/** Two years, then a rotation. */
export const CA_DAYS = 730;
export const CA_MAX_DAYS = 3650;

/** The CA/Browser Forum's limit for public leaves from 2029 on; 46 days of life and one of skew stay under it. */
export const LEAF_MAX_DAYS = 47;
export const LEAF_DAYS = 7;

/** A revocation list is good for a week and is made anew after half of it. */
export const CRL_LIFE_MS: number = 7 * DAY_MS;
export const CRL_RENEW_MS: number = CRL_LIFE_MS / 2;

/** How long a next CA is handed out before it signs, unless said otherwise. */
export const OVERLAP_DAYS = 30;
