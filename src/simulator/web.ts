// The pages of github.com: signing in and out, switching accounts, repositories, an enterprise's settings.
// Must not know the restriction header; a session that gets here may be here.
import { cookieValue, SESSION_COOKIE } from '../core/contract/caller.ts';
import { findEnterprise, same } from '../core/contract/standing.ts';
import { html, redirect, text } from './answers.ts';
import type { Call, Handler, HandlerRoute } from './call.ts';
import type { Answer } from './exchange.ts';
import { readFields } from './fields.ts';
import { sessionId, webFlowCode } from './minting.ts';
import { accessTo, ownsEnterprise } from './permissions.ts';
import { route } from './routes.ts';
import * as pages from './web-pages.ts';

export const WEB_ROUTES: readonly HandlerRoute[] = [
  route('GET /', (call) => html(200, pages.home(sessionOf(call)))),
  route('GET /login', ({ exchange }) => html(200, pages.signIn(returnTo(exchange.head.query), null))),
  route('POST /session', signIn),
  route('GET /logout', () => html(200, pages.signOut())),
  route('POST /logout', signOut),
  route('GET /switch_account', (call) => html(200, pages.switcher(sessionOf(call)))),
  route('POST /switch_account', switchAccount),
  route(
    'GET /login/device',
    needsSession((call) => html(200, pages.device(loginOf(call)))),
  ),
  route('POST /login/device', needsSession(approveDevice)),
  route(
    'GET /login/oauth/authorize',
    needsSession((call) => html(200, pages.authorize(loginOf(call), call.exchange.head.query))),
  ),
  route('POST /login/oauth/authorize', needsSession(approveApp)),
  route(
    'GET /settings/*',
    needsSession((call) => html(200, pages.settings(loginOf(call), call.values['rest'] ?? ''))),
  ),
  route('GET /enterprises/:slug', enterprisePage),
  route('GET /enterprises/:slug/*', enterprisePage),
  route('GET /_ping', () => text(200, 'OK\n')),
  route('GET /:owner/:name', repositoryPage),
  route('GET /:owner/:name/*', repositoryPage),
  route('GET /:owner', (call) => {
    const { users, organizations } = call.services.live.world;
    const known = [...users, ...organizations].find((one) => same(one.login, call.values['owner'] ?? ''));
    return known === undefined ? notFound() : html(200, pages.account(known.login));
  }),
];

function signIn(call: Call): Answer {
  const { live } = call.services;
  const fields = readFields(call.body, call.exchange.head.headers);
  const back = ownPath(fields['return_to'] ?? '/');
  const login = live.signIn(fields['login'] ?? '', fields['password'] ?? '');
  if (login === null) return html(200, pages.signIn(back, 'Incorrect username or password.'));
  const others = sessionOf(call)?.accounts.filter((account) => account !== login) ?? [];
  const old = cookieValue(call.exchange.head, SESSION_COOKIE);
  if (old !== null) live.sessions.delete(old);
  // A new value at each sign-in, so that nobody can plant one.
  const id = sessionId();
  live.sessions.set(id, { login, accounts: [login, ...others] });
  return redirect(back, sessionCookies(id, login));
}

function signOut(call: Call): Answer {
  const id = cookieValue(call.exchange.head, SESSION_COOKIE);
  if (id !== null) call.services.live.sessions.delete(id);
  return redirect('/', [
    'set-cookie',
    `${SESSION_COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax`,
    'set-cookie',
    'logged_in=no; Path=/; Secure; SameSite=Lax',
  ]);
}

function switchAccount(call: Call): Answer {
  const session = sessionOf(call);
  const id = cookieValue(call.exchange.head, SESSION_COOKIE);
  const wanted = readFields(call.body, call.exchange.head.headers)['login'] ?? '';
  const login = session?.accounts.find((account) => same(account, wanted));
  if (session === null || id === null || login === undefined) return html(404, pages.switcher(session));
  call.services.live.sessions.set(id, { ...session, login });
  return redirect('/', sessionCookies(id, login));
}

function approveDevice(call: Call): Answer {
  const { devices } = call.services.live;
  const typed = (readFields(call.body, call.exchange.head.headers)['user_code'] ?? '').toUpperCase();
  const found = [...devices].find(
    ([, grant]) => grant.userCode === typed || grant.userCode === `${typed.slice(0, 4)}-${typed.slice(4)}`,
  );
  if (found === undefined) return html(404, pages.deviceRefused());
  const [device, grant] = found;
  devices.set(device, { ...grant, login: loginOf(call) });
  return html(200, pages.deviceApproved());
}

function approveApp(call: Call): Answer {
  const { head } = call.exchange;
  const fields = {
    ...Object.fromEntries(new URLSearchParams(head.query)),
    ...readFields(call.body, head.headers),
  };
  const target = fields['redirect_uri'] ?? '';
  if (!/^https?:\/\//.test(target)) return html(400, pages.message('400', 'The redirect_uri is missing.'));
  const code = webFlowCode();
  call.services.live.codes.set(code, { login: loginOf(call), clientId: fields['client_id'] ?? '' });
  const query = new URLSearchParams({
    code,
    ...(fields['state'] === undefined ? {} : { state: fields['state'] }),
  });
  return redirect(`${target}${target.includes('?') ? '&' : '?'}${query}`);
}

function enterprisePage(call: Call): Answer {
  const { world } = call.services.live;
  const enterprise = findEnterprise(world, call.values['slug'] ?? '');
  const rest = call.values['rest'] ?? '';
  if (enterprise === null) return notFound();
  // Single sign-on starts here, before there is a session.
  if (rest === 'sso' || rest.startsWith('sso/')) return html(200, pages.singleSignOn(enterprise));
  if (call.verdict.caller.kind !== 'session') return toLogin(call);
  if (!ownsEnterprise(world, call.verdict.caller, enterprise.slug)) return notFound();
  return html(
    200,
    rest === 'settings/security' ? pages.security(enterprise) : pages.enterprise(enterprise, rest),
  );
}

function repositoryPage(call: Call): Answer {
  const { live } = call.services;
  const name = (call.values['name'] ?? '').replace(/\.git$/, '');
  const repository = live.repository(`${call.values['owner']}/${name}`);
  if (repository === null || accessTo(live.world, call.verdict.caller, repository) === 'none')
    return notFound();
  return html(200, pages.repository(repository, live.description(repository), live.issues(repository)));
}

function needsSession(handler: Handler): Handler {
  return (call) => (call.verdict.caller.kind === 'session' ? handler(call) : toLogin(call));
}

function toLogin({ exchange }: Call): Answer {
  const { path, query } = exchange.head;
  return redirect(`/login?${new URLSearchParams({ return_to: query === '' ? path : `${path}?${query}` })}`);
}

function notFound(): Answer {
  return html(404, pages.message('404', 'This is not the web page you are looking for.'));
}

function sessionOf(call: Call): { readonly login: string; readonly accounts: readonly string[] } | null {
  const id = cookieValue(call.exchange.head, SESSION_COOKIE);
  return id === null ? null : (call.services.live.sessions.get(id) ?? null);
}

function loginOf({ verdict }: Call): string {
  return verdict.caller.kind === 'session' ? verdict.caller.login : '';
}

function returnTo(query: string): string {
  return ownPath(new URLSearchParams(query).get('return_to') ?? '/');
}

/** Only a path of this site: a sign-in form must not send people elsewhere. */
function ownPath(path: string): string {
  return /^\/(?![/\\])/.test(path) ? path : '/';
}

function sessionCookies(id: string, login: string): string[] {
  return [
    'set-cookie',
    `${SESSION_COOKIE}=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`,
    'set-cookie',
    'logged_in=yes; Path=/; Secure; SameSite=Lax',
    'set-cookie',
    `dotcom_user=${login}; Path=/; Secure; SameSite=Lax`,
  ];
}
