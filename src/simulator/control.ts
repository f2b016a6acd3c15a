// The simulator's own endpoints, for tests: what arrived, reset, the next event of a stream, the CA certificate.
// Reached only by `localhost` or an address, so never through a gate that knows GitHub's names.
import { apiError, json, noContent, text } from './answers.ts';
import type { Services } from './call.ts';
import type { Answer } from './exchange.ts';
import type { RequestLog } from './request-log.ts';
import { findRoute, type PathValues, route } from './routes.ts';

export interface Control {
  readonly services: Services;
  readonly log: RequestLog;
  readonly caPem: string;
}

type ControlHandler = (control: Control, values: PathValues) => Answer | Promise<Answer>;

const ROUTES = [
  route<ControlHandler>('GET /', () =>
    text(200, 'This is the simulated GitHub. See /_simulator/requests.\n'),
  ),
  route<ControlHandler>('GET /_simulator/requests', ({ log }) => json(200, log.newest())),
  route<ControlHandler>('GET /_simulator/ca.pem', ({ caPem }) => text(200, caPem)),
  route<ControlHandler>('POST /_simulator/reset', async ({ services, log }) => {
    services.live.reset();
    services.gates.clear();
    log.clear();
    await services.repositories.restore();
    return noContent();
  }),
  route<ControlHandler>('POST /_simulator/streams/:id/next', ({ services }, values) => {
    services.gates.next(values['id'] ?? '');
    return noContent();
  }),
];

export async function answerControl(control: Control, method: string, path: string): Promise<Answer> {
  const found = findRoute(ROUTES, method, path);
  return found === null
    ? apiError(404, `The simulator has no ${method} ${path}.`)
    : found.handler(control, found.values);
}
