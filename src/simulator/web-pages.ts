// The HTML of github.com's pages, plain and readable by a test. Must not know sessions or requests.
import type { Session } from '../core/contract/standing.ts';
import type { Enterprise, Repository } from '../core/contract/world.ts';
import { escapeAttribute, escapeHtml, page } from './answers.ts';
import { HEADER_AS_WRITTEN } from './enterprise.ts';
import type { Issue } from './live-world.ts';

export function home(session: Session | null): string {
  if (session === null) return page('GitHub', '<h1>GitHub</h1><p><a href="/login">Sign in</a></p>');
  return page(
    'GitHub',
    `<h1>GitHub</h1><p>Signed in as <b id="login">${escapeHtml(session.login)}</b></p>${accountMenu(session)}`,
  );
}

export function signIn(returnTo: string, error: string | null): string {
  const flash = error === null ? '' : `<div class="flash-error" role="alert">${escapeHtml(error)}</div>`;
  return page(
    'Sign in to GitHub',
    `<h1>Sign in to GitHub</h1>${flash}
<form action="/session" method="post">
<input type="hidden" name="return_to" value="${escapeAttribute(returnTo)}">
<p><label>Username <input name="login" id="login_field" autocomplete="username"></label></p>
<p><label>Password <input name="password" id="password" type="password" autocomplete="current-password"></label></p>
<p><input type="submit" name="commit" value="Sign in"></p>
</form>`,
  );
}

export function signOut(): string {
  return page('Sign out', `<h1>Sign out</h1>${button('/logout', 'Sign out')}`);
}

export function switcher(session: Session | null): string {
  if (session === null)
    return page(
      'Switch account',
      '<h1>Switch account</h1><p>Nobody is signed in. <a href="/login">Sign in</a></p>',
    );
  return page('Switch account', `<h1>Switch account</h1>${accountMenu(session)}`);
}

export function device(login: string): string {
  return page(
    'Device activation',
    `<h1>Device activation</h1><p>Signed in as ${escapeHtml(login)}. Enter the code displayed on your device.</p>
<form action="/login/device" method="post"><input name="user_code" id="user_code"><input type="submit" value="Continue"></form>`,
  );
}

export function deviceApproved(): string {
  return message('Congratulations, you are all set!', 'Your device is now connected.');
}

export function deviceRefused(): string {
  return message('Device activation', 'The code is not valid.');
}

export function authorize(login: string, query: string): string {
  return page(
    'Authorize application',
    `<h1>Authorize application</h1><p>It would act as ${escapeHtml(login)}.</p>
<form action="/login/oauth/authorize?${escapeAttribute(query)}" method="post"><input type="submit" name="authorize" value="Authorize"></form>`,
  );
}

export function settings(login: string, section: string): string {
  return page('Settings', `<h1>Settings</h1><p>${escapeHtml(section)} of ${escapeHtml(login)}</p>`);
}

export function enterprise({ slug }: Enterprise, section: string): string {
  return page(
    slug,
    `<h1>${escapeHtml(slug)}</h1><p>${escapeHtml(section)}</p><p><a href="/enterprises/${slug}/settings/security">Authentication security</a></p>`,
  );
}

export function singleSignOn({ slug }: Enterprise): string {
  return page(
    `Single sign-on to ${slug}`,
    `<h1>Single sign-on to ${slug}</h1><p><a href="/login">Continue</a></p>`,
  );
}

/** The section that shows an owner the header is there only while the feature is enabled. */
export function security({ slug, id, restrictions }: Enterprise): string {
  const section =
    restrictions === 'enabled'
      ? `<h2>Enterprise access restrictions</h2><p>Inject this header:</p><pre id="header">${HEADER_AS_WRITTEN}: ${id}</pre>`
      : '';
  return page(
    'Authentication security',
    `<h1>Authentication security</h1><p>${escapeHtml(slug)}</p>${section}`,
  );
}

export function account(login: string): string {
  return page(login, `<h1>${escapeHtml(login)}</h1>`);
}

export function repository(
  { name, visibility }: Repository,
  description: string,
  issues: readonly Issue[],
): string {
  const list = issues.map((issue) => `<li>#${issue.number} ${escapeHtml(issue.title)}</li>`).join('');
  return page(
    name,
    `<h1>${escapeHtml(name)}</h1><p>${visibility}</p><p>${escapeHtml(description)}</p><pre>git clone https://github.com/${escapeHtml(name)}.git</pre><ul>${list}</ul>`,
  );
}

export function message(title: string, said: string): string {
  return page(title, `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(said)}</p>`);
}

function accountMenu({ accounts }: Session): string {
  const switches = accounts
    .map((login) => button('/switch_account', `Switch to ${login}`, { login }))
    .join('');
  return `${switches}<p><a href="/login">Add account</a></p>${button('/logout', 'Sign out')}`;
}

function button(action: string, label: string, fields: Readonly<Record<string, string>> = {}): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeAttribute(value)}">`,
  );
  return `<form action="${action}" method="post">${inputs.join('')}<button type="submit">${escapeHtml(label)}</button></form>`;
}
