// The bodies that the admin API reads. Must not know what is done with them.
import { z } from 'zod';
import type { ExplainQuestion } from '../acts.ts';

/** Reads the body of `POST /api/v1/stamp`. */
export function stampOrderSchema(): z.ZodType<{ readonly stamp: 'on' | 'off' }> {
  return z.strictObject({ stamp: z.enum(['on', 'off']) });
}

/** Reads the body of `POST /api/v1/explain`. */
export function explainQuestionSchema(): z.ZodType<ExplainQuestion> {
  const fact = () => z.string().min(1).max(1_024).nullable().default(null);
  return z.strictObject({
    url: z.string().min(1).max(65_536),
    user: fact(),
    groups: z.array(z.string().max(1_024)).max(1_000).default([]),
    from: fact(),
    device: fact(),
    listener: fact(),
    method: z.string().min(1).max(64).default('GET'),
    websocket: z.boolean().default(false),
  });
}
