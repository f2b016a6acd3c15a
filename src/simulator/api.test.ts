// api.github.com: REST, GraphQL, an enterprise's own endpoints. Must not know the judge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Answered,
  freshGithub,
  type SimulatedGithub,
  START_MS,
  sharedGithub,
} from '../../test/support/simulated-github.ts';

const MONA = ['Authorization', 'token ghp_MonaOctoClassic000000000000000000000'];
const HUGO = ['Authorization', 'token ghp_HugoHexaClassic000000000000000000000'];
const LISA = ['Authorization', 'token ghp_MonalisaClassic000000000000000000000'];
const OCTO_BOT = ['Authorization', 'Bearer ghs_OctoBotInstall0000000000000000000000'];
const OPEN_BOT = ['Authorization', 'Bearer ghs_OpenBotInstall0000000000000000000000'];
const INSIDE = ['sec-GitHub-allowed-enterprise', 'octo-corp'];

interface Row {
  readonly name: string;
  readonly path: string;
  readonly method?: string;
  readonly as?: readonly string[];
  readonly body?: unknown;
  readonly status: number;
}

const shared = sharedGithub();

const ROWS: readonly Row[] = [
  { name: 'the root', path: '/', status: 200 },
  { name: 'nobody as a user', path: '/user', status: 401 },
  { name: 'an installation as a user', path: '/user', as: OCTO_BOT, status: 403 },
  { name: 'a user', path: '/user', as: MONA, status: 200 },
  { name: 'rate limits', path: '/rate_limit', status: 200 },
  { name: 'a public repository to nobody', path: '/repos/open-org/hello', status: 200 },
  { name: 'an internal repository to nobody', path: '/repos/octo-org/app', status: 404 },
  { name: 'an internal repository to a member', path: '/repos/Octo-Org/App', as: MONA, status: 200 },
  {
    name: 'an internal repository to a member of another enterprise',
    path: '/repos/octo-org/app',
    as: HUGO,
    status: 404,
  },
  { name: 'a private repository to its owner', path: '/repos/monalisa/notes', as: LISA, status: 200 },
  { name: 'a private repository to another', path: '/repos/monalisa/notes', as: MONA, status: 404 },
  {
    name: 'a change by a member',
    path: '/repos/octo-org/app',
    method: 'PATCH',
    as: MONA,
    body: { description: 'x' },
    status: 200,
  },
  {
    name: 'a change by nobody',
    path: '/repos/open-org/hello',
    method: 'PATCH',
    body: { description: 'x' },
    status: 401,
  },
  {
    name: 'a change by an app installed elsewhere',
    path: '/repos/open-org/hello',
    method: 'PATCH',
    as: OCTO_BOT,
    body: {},
    status: 403,
  },
  {
    name: 'an issue by an app',
    path: '/repos/octo-org/app/issues',
    method: 'POST',
    as: OCTO_BOT,
    body: { title: 'x' },
    status: 201,
  },
  {
    name: 'an issue without a title',
    path: '/repos/octo-org/app/issues',
    method: 'POST',
    as: MONA,
    body: {},
    status: 422,
  },
  { name: 'an audit log to an owner', path: '/enterprises/octo-corp/audit-log', as: MONA, status: 200 },
  { name: 'an audit log to another', path: '/enterprises/octo-corp/audit-log', as: HUGO, status: 404 },
  { name: 'what there is not', path: '/no/such/thing', as: MONA, status: 404 },
];

for (const { name, path, method = 'GET', as = [], body, status } of ROWS) {
  test(`the REST API answers ${status} to ${method} of ${name}`, async () => {
    const github = shared();
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answered = await github.ask({ url: `https://api.github.com${path}`, method, headers: as, ...sent });
    assert.equal(answered.status, status);
    assert.match(answered.headers['content-type'] ?? '', /^application\/json/);
    if (status >= 400)
      assert.deepEqual(Object.keys(JSON.parse(answered.body)), ['message', 'documentation_url', 'status']);
  });
}

test('classic tokens are told their scopes; fine-grained ones have none', async () => {
  const github = shared();
  const fine = 'github_pat_MonaOctoFine0000000_0000000000000000000000000000000000000000000000000000000000';
  assert.match(
    (await github.ask({ url: 'https://api.github.com/', headers: MONA })).headers['x-oauth-scopes'] ?? '',
    /\brepo\b/,
  );
  const answered = await github.ask({
    url: 'https://api.github.com/',
    headers: ['Authorization', `Bearer ${fine}`],
  });
  assert.equal(answered.headers['x-oauth-scopes'], undefined);
});

test('GET /meta publishes domains, github.dev and the Copilot hosts among them', async () => {
  const github = shared();
  const { domains } = JSON.parse((await github.ask({ url: 'https://api.github.com/meta' })).body);
  assert.ok(domains.codespaces.includes('*.github.dev') && domains.website.includes('github.dev'));
  assert.ok(domains.copilot.includes('*.githubcopilot.com'));
});

test('GET /meta is not sent again to who has it', async () => {
  const github = shared();
  const url = 'https://api.github.com/meta';
  const { etag = '' } = (await github.ask({ url })).headers;
  const again = await github.ask({ url, headers: ['If-None-Match', `"other", ${etag.slice(2)}`] });
  assert.deepEqual([again.status, again.body, again.headers['etag']], [304, '', etag]);
  assert.equal((await github.ask({ url, headers: ['If-None-Match', 'W/"other"'] })).status, 200);
});

test("restrictions are switched by the enterprise's owner, and then count", async (t) => {
  const github = await freshGithub(t);
  const url = 'https://api.github.com/enterprises/octo-corp/access-restrictions';
  const user = { url: 'https://api.github.com/user', headers: [...MONA, ...INSIDE] };
  assert.deepEqual(
    JSON.parse((await github.ask({ url: `${url}/disable`, method: 'POST', headers: MONA })).body),
    {
      message: 'Enterprise access restrictions successfully disabled.',
      header_name: 'sec-GitHub-allowed-enterprise',
      header_value: '12345',
    },
  );
  assert.equal((await github.ask(user)).status, 400);
  assert.equal((await github.ask({ url: `${url}/enable`, method: 'POST', headers: HUGO })).status, 404);
  assert.equal((await github.ask({ url: `${url}/enable`, method: 'POST', headers: MONA })).status, 200);
  assert.equal((await github.ask(user)).status, 200);
});

test('C-LOG a refusal is in the audit log of the enterprise, without an actor; nobody else’s log has it', async (t) => {
  const github = await freshGithub(t);
  await github.ask({ url: 'https://api.github.com/user', headers: [...LISA, ...INSIDE] });
  await github.ask({
    url: 'https://api.github.com/user',
    headers: ['Authorization', 'token ghp_bad', ...INSIDE],
  });
  const read = async (slug: string, as: readonly string[]): Promise<unknown> =>
    JSON.parse(
      (
        await github.ask({
          url: `https://api.github.com/enterprises/${slug}/audit-log?phrase=action:business.proxy_security_header_unsatisfied`,
          headers: as,
        })
      ).body,
    );
  assert.deepEqual(await read('octo-corp', MONA), [
    {
      action: 'business.proxy_security_header_unsatisfied',
      '@timestamp': START_MS,
      created_at: START_MS,
      business: 'octo-corp',
      actor_ip: '127.0.0.1',
    },
  ]);
  assert.deepEqual(await read('hexa-corp', HUGO), []);
});

function graphql(
  github: SimulatedGithub,
  query: string,
  more: { readonly as: readonly string[]; readonly variables?: unknown },
): Promise<Answered> {
  const body = JSON.stringify({ query, variables: more.variables ?? {} });
  return github.ask({ url: 'https://api.github.com/graphql', method: 'POST', headers: more.as, body });
}

test('GraphQL answers queries with aliases, fragments, variables and directives', async () => {
  const github = shared();
  const query = `# who
    query Q($owner: String!, $name: String = "app", $no: Boolean!) {
      viewer { login ...on User { url } }
      one: repository(owner: $owner, name: $name) { ...R visibility @skip(if: $no) description @include(if: $no) }
    }
    fragment R on Repository { nameWithOwner owner { login } defaultBranchRef { name } parent { id } unknownField }`;
  const answered = await graphql(github, query, {
    as: MONA,
    variables: { owner: 'octo-org', name: 'app', no: false },
  });
  assert.deepEqual(JSON.parse(answered.body), {
    data: {
      viewer: { login: 'mona_octo', url: 'https://github.com/mona_octo' },
      one: {
        nameWithOwner: 'octo-org/app',
        owner: { login: 'octo-org' },
        defaultBranchRef: { name: 'main' },
        parent: null,
        unknownField: null,
        visibility: 'INTERNAL',
      },
    },
  });
});

test('GraphQL says what is not found, and where', async () => {
  const github = shared();
  const answered = await graphql(github, '{ repository(owner: "octo-org", name: "app") { id } }', {
    as: LISA,
  });
  assert.deepEqual(JSON.parse(answered.body), {
    data: { repository: null },
    errors: [
      {
        type: 'NOT_FOUND',
        path: ['repository'],
        message: "Could not resolve to a Repository with the name 'octo-org/app'.",
      },
    ],
  });
});

test('GraphQL is refused to nobody, and what is no GraphQL is an error', async () => {
  const github = shared();
  assert.equal((await graphql(github, '{ viewer { login } }', { as: [] })).status, 401);
  for (const bad of ['{ viewer { login ', '{ a(b: }', 'query {', '"', 'mutation', '{ ...on }', '']) {
    const answered = await graphql(github, bad, { as: MONA });
    assert.equal(answered.status, 200);
    assert.equal(JSON.parse(answered.body).errors.length, 1, bad);
  }
});

test('C-INST-WRITE a mutation by an installation is refused outside and made inside', async (t) => {
  const github = await freshGithub(t);
  const mutation =
    'mutation M($input: CreateIssueInput!) { createIssue(input: $input) { issue { number url } } }';
  const idOf = async (name: string): Promise<string> =>
    JSON.parse((await github.ask({ url: `https://api.github.com/repos/${name}`, headers: MONA })).body)
      .node_id;
  const write = async (name: string, as: readonly string[]): Promise<Answered> =>
    graphql(github, mutation, { as, variables: { input: { repositoryId: await idOf(name), title: 'x' } } });
  const refused = await write('open-org/hello', [...OPEN_BOT, ...INSIDE]);
  assert.equal(refused.status, 403);
  assert.match(
    JSON.parse(refused.body).message,
    /Only tokens for the "octo" enterprise can access GitHub\.$/,
  );
  const made = await write('octo-org/app', [...OCTO_BOT, ...INSIDE]);
  assert.deepEqual(JSON.parse(made.body).data.createIssue.issue, {
    number: 1,
    url: 'https://github.com/octo-org/app/issues/1',
  });
  assert.equal((await write('open-org/hello', OPEN_BOT)).status, 200);
});

for (const http of ['1.1', '2'] as const) {
  test(`a body that is too large is refused with 413 over HTTP/${http}`, async () => {
    const github = shared();
    const url = 'https://api.github.com/repos/octo-org/app/issues';
    const refused = await github.ask({
      url,
      http,
      method: 'POST',
      headers: MONA,
      body: Buffer.alloc(17 * 1024 * 1024, 32),
    });
    assert.equal(refused.status, 413);
  });
}
