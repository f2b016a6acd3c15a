// Telemetry and the experiment service, on every host that has them. Must not know who sends.
import { json } from './answers.ts';
import type { Handler, HandlerRoute } from './call.ts';
import { route } from './routes.ts';

/** GET is the experiment service; without a well-formed answer the Copilot client asks again and again. */
const experiments: Handler = () =>
  json(200, {
    Features: [],
    Flights: {},
    Configs: [{ Id: 'vscode', Parameters: {} }],
    ParameterGroups: [],
    FlightingVersion: 1,
    ImpressionId: '00000000-0000-0000-0000-000000000000',
    AssignmentContext: '',
  });

const accepted: Handler = () => json(200, { itemsReceived: 1, itemsAccepted: 1, appId: null, errors: [] });

export const TELEMETRY_ROUTES: readonly HandlerRoute[] = [
  route('GET /telemetry', experiments),
  route('POST /telemetry', accepted),
  route('GET /tas/api/v1/experiments', experiments),
  route('GET /vscode/ab', experiments),
  route('POST /v2/track', accepted),
  route('POST /v2.1/track', accepted),
];
