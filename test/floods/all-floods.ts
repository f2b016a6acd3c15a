// Every flood, in the order of the table. Must not know what each does.
import type { Flood } from './flood.ts';
import { HTTP1_FLOODS } from './http1-floods.ts';
import { HTTP2_FLOODS } from './http2-floods.ts';

export const FLOODS: readonly Flood[] = [...HTTP1_FLOODS, ...HTTP2_FLOODS];
