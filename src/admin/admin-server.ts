// The admin API: health, metrics, policy, questions and the record, on a listener of its own.
// Must not know how the gate does any of it; it asks through GateActs.
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { GateActs } from '../acts.ts';
import { unreachable } from '../core/base/unreachable.ts';
import { limitConnections } from './_connections.ts';
import { foreignRefusal, type Refusal, tokenRefusal } from './_guard.ts';
import { explainQuestionSchema, stampOrderSchema } from './_orders.ts';
import { type Role, TokenCheck } from './admin-token.ts';

export interface AdminOptions {
  readonly listen: { readonly address: string; readonly port: number };
  readonly tokens: { readonly admin: string; readonly auditor: string | null };
  /** `open`: /metrics wants no token. */
  readonly metrics: 'token' | 'open';
  /** Names under which the API may be asked besides its own address and, on loopback, localhost. */
  readonly hosts: readonly string[];
  readonly gate: GateActs;
  readonly times?: AdminTimes;
}

export interface RunningAdmin {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens and answers. Rejects with the system's error when the place is taken. */
export async function startAdmin(options: AdminOptions): Promise<RunningAdmin> {
  const { times = TIMES } = options;
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: times.requestMs,
    keepAliveTimeout: times.idleMs,
    forceCloseConnections: true,
    http: {
      maxHeaderSize: HEAD_LIMIT,
      headersTimeout: times.headMs,
      connectionsCheckingInterval: times.everyMs,
    },
  });
  limitConnections(app.server, CONNECTION_LIMIT);
  guard(app, options);
  shapeErrors(app);
  for (const route of routes(options)) addRoute(app, route);
  await app.listen({ host: options.listen.address, port: options.listen.port });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('The admin API has no port.');
  return { port: address.port, close: async () => app.close() };
}

const BODY_LIMIT = 131_072;
const HEAD_LIMIT = 16_384;
const CONNECTION_LIMIT = 64;

/** What a connection may take for a head (from its accept on, too), for a whole request, and between two. */
export interface AdminTimes {
  readonly headMs: number;
  readonly requestMs: number;
  readonly idleMs: number;
  /** How often the first two are looked after. */
  readonly everyMs: number;
}

const TIMES: AdminTimes = { headMs: 5_000, requestMs: 10_000, idleMs: 15_000, everyMs: 500 };
/** What a probe asks; it needs neither token nor Host, and tells nothing but yes or no. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

interface Route {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

function routes(options: AdminOptions): readonly Route[] {
  const { gate } = options;
  return [
    { method: 'GET', url: '/healthz', answer: () => ({ status: 'ok' }) },
    { method: 'GET', url: '/readyz', answer: (_, reply) => readiness(gate, reply) },
    { method: 'GET', url: '/metrics', answer: (_, reply) => metrics(gate, reply) },
    {
      method: 'GET',
      url: '/ca.pem',
      answer: (_, reply) => reply.type('application/x-pem-file').send(gate.caPem()),
    },
    { method: 'GET', url: '/api/v1/status', answer: () => status(gate) },
    { method: 'GET', url: '/api/v1/policy', answer: () => gate.policyStatus() },
    { method: 'GET', url: '/api/v1/record', answer: (request, reply) => record(gate, request, reply) },
    { method: 'POST', url: '/api/v1/reload', answer: (_, reply) => reload(gate, reply) },
    { method: 'GET', url: '/api/v1/stamp', answer: (_, reply) => stamp(gate, reply) },
    { method: 'POST', url: '/api/v1/stamp', answer: (request, reply) => turnStamp(gate, request, reply) },
    { method: 'GET', url: '/api/v1/allowlist', answer: (_, reply) => allowlist(gate, reply) },
    { method: 'POST', url: '/api/v1/explain', answer: (request, reply) => explain(gate, request, reply) },
  ];
}

/** Reading is all that an auditor may do; a question changes nothing, though it is a POST. */
function roleFor(method: string, path: string): Role {
  return method === 'POST' && CHANGING.has(path) ? 'admin' : 'auditor';
}

const CHANGING: ReadonlySet<string> = new Set(['/api/v1/reload', '/api/v1/stamp']);

function addRoute(app: FastifyInstance, { method, url, answer }: Route): void {
  app.route({ method, url, handler: async (request, reply) => answer(request, reply) });
}

function guard(app: FastifyInstance, options: AdminOptions): void {
  const tokens = new TokenCheck(options.tokens);
  const hosts = options.hosts.map((host) => host.toLowerCase());
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    });
    // The route that will answer, not the text of the target: only what is matched can be let through.
    const path = request.routeOptions.url ?? '';
    if (PROBES.has(path)) return;
    const localAddress = request.socket.localAddress ?? '';
    const refusal =
      foreignRefusal(request.headers, { localAddress, hosts }) ??
      (path === '/metrics' && options.metrics === 'open'
        ? null
        : tokenRefusal(request.headers, tokens, roleFor(request.method, path)));
    if (refusal !== null) return refuse(reply, refusal);
  });
}

function refuse(reply: FastifyReply, { status, code, message }: Refusal): FastifyReply {
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="gatewright"');
  return reply.code(status).send({ error: { code, message } });
}

function shapeErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_, reply) =>
    reply.code(404).send({ error: { code: 'not-found', message: 'The admin API has no such page.' } }),
  );
  app.setErrorHandler((error, _, reply) => {
    const status = statusOf(error);
    const message =
      status < 500 && error instanceof Error ? error.message : 'The gate could not answer this.';
    return reply.code(status).send({ error: { code: status < 500 ? 'bad-request' : 'failed', message } });
  });
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

function readiness(gate: GateActs, reply: FastifyReply): FastifyReply {
  const checks = gate.readiness();
  const isReady = checks.every((check) => check.ok);
  return reply.code(isReady ? 200 : 503).send({
    status: isReady ? 'ready' : 'not-ready',
    checks: Object.fromEntries(checks.map(({ name, ok }) => [name, ok])),
  });
}

function stamp({ stamp: switched }: GateActs, reply: FastifyReply): unknown {
  return switched === null ? noStampSwitch(reply) : { stamp: switched.isOn() ? 'on' : 'off' };
}

async function turnStamp(gate: GateActs, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  if (gate.stamp === null) return noStampSwitch(reply);
  const order = stampOrderSchema().safeParse(request.body);
  if (!order.success) {
    const message = 'Cannot read the order: it is { "stamp": "on" } or { "stamp": "off" }.';
    return reply.code(400).send({ error: { code: 'bad-order', message } });
  }
  await gate.stamp.turn(order.data.stamp);
  return stamp(gate, reply);
}

function noStampSwitch(reply: FastifyReply): FastifyReply {
  const message = 'This gate does not let its stamp be switched. Settings: admin: { stampSwitch: true }.';
  return reply.code(409).send({ error: { code: 'no-stamp-switch', message } });
}

function allowlist(gate: GateActs, reply: FastifyReply): unknown {
  if (gate.allowlist !== null) return gate.allowlist();
  const message =
    "This gate does not watch GitHub's list. Settings: allowlist: { meta: https://api.github.com/meta }.";
  return reply.code(409).send({ error: { code: 'no-allowlist-watch', message } });
}

async function metrics(gate: GateActs, reply: FastifyReply): Promise<FastifyReply> {
  const { contentType, text } = await gate.metrics();
  return reply.type(contentType).send(text);
}

function status(gate: GateActs): Readonly<Record<string, unknown>> {
  const { file, revision, faults } = gate.policyStatus();
  const checks = gate.readiness();
  return {
    ...gate.status(),
    ready: checks.every((check) => check.ok),
    checks,
    policy: { file, revision, faults },
  };
}

async function reload(gate: GateActs, reply: FastifyReply): Promise<FastifyReply> {
  const reloaded = await gate.reload();
  if (reloaded.ok) return reply.send(reloaded.value);
  const { revision } = gate.policyStatus();
  const { error: trouble } = reloaded;
  switch (trouble.kind) {
    case 'invalid': {
      const message = 'The policy on the disk is invalid; the older one stays in force.';
      const error = { code: 'policy-invalid', message };
      return reply.code(422).send({ error, revision, faults: trouble.faults });
    }
    case 'failed': {
      const error = { code: 'ca-failed', message: `${trouble.message} The CA before it stays in use.` };
      return reply.code(422).send({ error, revision, faults: [] });
    }
    default:
      return unreachable(trouble);
  }
}

function explain(gate: GateActs, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const question = explainQuestionSchema().safeParse(request.body);
  if (!question.success) {
    const message = question.error.issues
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join('; ');
    return reply.code(400).send({ error: { code: 'bad-question', message } });
  }
  const answer = gate.explain(question.data);
  return answer.ok
    ? reply.send(answer.value)
    : reply.code(400).send({ error: { code: 'bad-question', message: answer.error } });
}

async function record(gate: GateActs, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { query } = request;
  const reference =
    typeof query === 'object' && query !== null && 'reference' in query ? String(query.reference) : '';
  const events = await gate.findEvents(reference);
  if (events !== null) return reply.send({ reference, events });
  const message = 'Ask with ?reference=ID, the reference that a refused user sees, such as k3f9q2-1a.7.';
  return reply.code(400).send({ error: { code: 'bad-reference', message } });
}
