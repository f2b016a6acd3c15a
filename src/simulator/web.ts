// The pages of github.com: signing in and out, switching accounts, repositories, an enterprise's settings.
// Must not know the restriction header; a session that gets here may be here.
import { cookieValue, SESSION_COOKIE } from '../core/contract/caller.ts';
import { findEnterprise, same } from '../core/contract/standing.ts';
import { html, redirect, text } from './answers.ts';
import type { Answer } from './exchange.ts';
import { readFields } from './fields.ts';
import { sessionId, webFlowCode } from './minting.ts';
import { accessTo, ownsEnterprise } from './permissions.ts';
import { route } from './routes.ts';
import type { Handler, HandlerRoute, Visit } from './visit.ts';
import * as pages from './web-pages.ts';

export const WEB_ROUTES: readonly HandlerRoute[] = [
  route('GET /', (visit) => html(200, pages.home(sessionOf(visit)))),
  route('GET /login', ({ exchange }) => html(200, pages.signIn(returnTo(exchange.arrival.query), null))),
  route('POST /session', signIn),
  route('GET /logout', () => html(200, pages.signOut())),
  route('POST /logout', signOut),
  route('GET /switch_account', (visit) => html(200, pages.switcher(sessionOf(visit)))),
  route('POST /switch_account', switchAccount),
  route(
    'GET /login/device',
    needsSession((visit) => html(200, pages.device(loginOf(visit)))),
  ),
  route('POST /login/device', needsSession(approveDevice)),
  route(
    'GET /login/oauth/authorize',
    needsSession((visit) => html(200, pages.authorize(loginOf(visit), visit.exchange.arrival.query))),
  ),
  route('POST /login/oauth/authorize', needsSession(approveApp)),
  route(
    'GET /settings/*',
    needsSession((visit) => html(200, pages.settings(loginOf(visit), visit.values['rest'] ?? ''))),
  ),
  route('GET /enterprises/:slug', enterprisePage),
  route('GET /enterprises/:slug/*', enterprisePage),
  route('GET /_ping', () => text(200, 'OK\n')),
  route('GET /:owner/:name', repositoryPage),
  route('GET /:owner/:name/*', repositoryPage),
  route('GET /:owner', (visit) => {
    const { users, organizations } = visit.services.live.world;
    const known = [...users, ...organizations].find((one) => same(one.login, visit.values['owner'] ?? ''));
    return known === undefined ? notFound() : html(200, pages.account(known.login));
  }),
];

function signIn(visit: Visit): Answer {
  const { live } = visit.services;
  const fields = readFields(visit.body, visit.exchange.arrival.headers);
  const back = ownPath(fields['return_to'] ?? '/');
  const login = live.signIn(fields['login'] ?? '', fields['password'] ?? '');
  if (login === null) return html(200, pages.signIn(back, 'Incorrect username or password.'));
  const others = sessionOf(visit)?.accounts.filter((account) => account !== login) ?? [];
  const old = cookieValue(visit.exchange.arrival, SESSION_COOKIE);
  if (old !== null) live.sessions.delete(old);
  // A new value at each sign-in, so that nobody can plant one.
  const id = sessionId();
  live.sessions.set(id, { login, accounts: [login, ...others] });
  return redirect(back, sessionCookies(id, login));
}

function signOut(visit: Visit): Answer {
  const id = cookieValue(visit.exchange.arrival, SESSION_COOKIE);
  if (id !== null) visit.services.live.sessions.delete(id);
  return redirect('/', [
    'set-cookie',
    `${SESSION_COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax`,
    'set-cookie',
    'logged_in=no; Path=/; Secure; SameSite=Lax',
  ]);
}

function switchAccount(visit: Visit): Answer {
  const session = sessionOf(visit);
  const id = cookieValue(visit.exchange.arrival, SESSION_COOKIE);
  const wanted = readFields(visit.body, visit.exchange.arrival.headers)['login'] ?? '';
  const login = session?.accounts.find((account) => same(account, wanted));
  if (session === null || id === null || login === undefined) return html(404, pages.switcher(session));
  visit.services.live.sessions.set(id, { ...session, login });
  return redirect('/', sessionCookies(id, login));
}

function approveDevice(visit: Visit): Answer {
  const { devices } = visit.services.live;
  const typed = (readFields(visit.body, visit.exchange.arrival.headers)['user_code'] ?? '').toUpperCase();
  const found = [...devices].find(
    ([, grant]) => grant.userCode === typed || grant.userCode === `${typed.slice(0, 4)}-${typed.slice(4)}`,
  );
  if (found === undefined) return html(404, pages.deviceRefused());
  const [device, grant] = found;
  devices.set(device, { ...grant, login: loginOf(visit) });
  return html(200, pages.deviceApproved());
}

function approveApp(visit: Visit): Answer {
  const { arrival } = visit.exchange;
  const fields = {
    ...Object.fromEntries(new URLSearchParams(arrival.query)),
    ...readFields(visit.body, arrival.headers),
  };
  const target = fields['redirect_uri'] ?? '';
  if (!/^https?:\/\//.test(target)) return html(400, pages.message('400', 'The redirect_uri is missing.'));
  const code = webFlowCode();
  visit.services.live.codes.set(code, { login: loginOf(visit), clientId: fields['client_id'] ?? '' });
  const query = new URLSearchParams({
    code,
    ...(fields['state'] === undefined ? {} : { state: fields['state'] }),
  });
  return redirect(`${target}${target.includes('?') ? '&' : '?'}${query}`);
}

function enterprisePage(visit: Visit): Answer {
  const { world } = visit.services.live;
  const enterprise = findEnterprise(world, visit.values['slug'] ?? '');
  const rest = visit.values['rest'] ?? '';
  if (enterprise === null) return notFound();
  // Single sign-on starts here, before there is a session.
  if (rest === 'sso' || rest.startsWith('sso/')) return html(200, pages.singleSignOn(enterprise));
  if (visit.verdict.caller.kind !== 'session') return toLogin(visit);
  if (!ownsEnterprise(world, visit.verdict.caller, enterprise.slug)) return notFound();
  return html(
    200,
    rest === 'settings/security' ? pages.security(enterprise) : pages.enterprise(enterprise, rest),
  );
}

function repositoryPage(visit: Visit): Answer {
  const { live } = visit.services;
  const name = (visit.values['name'] ?? '').replace(/\.git$/, '');
  const repository = live.repository(`${visit.values['owner']}/${name}`);
  if (repository === null || accessTo(live.world, visit.verdict.caller, repository) === 'none')
    return notFound();
  return html(200, pages.repository(repository, live.description(repository), live.issues(repository)));
}

function needsSession(handler: Handler): Handler {
  return (visit) => (visit.verdict.caller.kind === 'session' ? handler(visit) : toLogin(visit));
}

function toLogin({ exchange }: Visit): Answer {
  const { path, query } = exchange.arrival;
  return redirect(`/login?${new URLSearchParams({ return_to: query === '' ? path : `${path}?${query}` })}`);
}

function notFound(): Answer {
  return html(404, pages.message('404', 'This is not the web page you are looking for.'));
}

function sessionOf(visit: Visit): { readonly login: string; readonly accounts: readonly string[] } | null {
  const id = cookieValue(visit.exchange.arrival, SESSION_COOKIE);
  return id === null ? null : (visit.services.live.sessions.get(id) ?? null);
}

function loginOf({ verdict }: Visit): string {
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
