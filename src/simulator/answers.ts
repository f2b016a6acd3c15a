// The shapes of answers: JSON, HTML, text, redirects, and GitHub's errors for each kind of client.
// Must not know which request they answer.
import type { HeaderLines } from '../core/base/header-lines.ts';
import type { Surface } from '../core/contract/surface.ts';
import type { Answer } from './exchange.ts';

const DOCUMENTATION = 'https://docs.github.com/rest';

export function json(status: number, value: unknown, headers: HeaderLines = []): Answer {
  const body = JSON.stringify(value);
  return {
    kind: 'whole',
    status,
    headers: ['content-type', 'application/json; charset=utf-8', ...headers],
    body,
  };
}

export function html(status: number, page: string, headers: HeaderLines = []): Answer {
  return {
    kind: 'whole',
    status,
    headers: ['content-type', 'text/html; charset=utf-8', ...headers],
    body: page,
  };
}

export function text(status: number, body: string, headers: HeaderLines = []): Answer {
  return { kind: 'whole', status, headers: ['content-type', 'text/plain; charset=utf-8', ...headers], body };
}

export function noContent(): Answer {
  return { kind: 'whole', status: 204, headers: [], body: '' };
}

/** For who asked with the ETag of what is still so. */
export function notModified(headers: HeaderLines): Answer {
  return { kind: 'whole', status: 304, headers, body: '' };
}

export function redirect(location: string, headers: HeaderLines = []): Answer {
  return { kind: 'whole', status: 302, headers: ['location', location, ...headers], body: '' };
}

/** GitHub's JSON error: `{ message, documentation_url, status }`. */
export function apiError(status: number, message: string, headers: HeaderLines = []): Answer {
  return json(status, { message, documentation_url: DOCUMENTATION, status: String(status) }, headers);
}

/** What the contract refuses, as the client of the surface reads it. */
export function refusal(surface: Surface, status: number, message: string): Answer {
  const challenge = status === 401 ? ['www-authenticate', 'Basic realm="GitHub"'] : [];
  switch (surface.kind) {
    case 'git':
      return text(status, `${message}\n`, challenge);
    case 'web':
      return html(status, page(message, `<h1>${status}</h1><p>${escapeHtml(message)}</p>`));
    case 'copilot-account':
      return status === 403 ? copilotRefusal(message) : apiError(status, message);
    default:
      return apiError(status, message);
  }
}

/** Editors show a person `error_details` alone, as Copilot's token exchange gives them. */
function copilotRefusal(message: string): Answer {
  const url = 'https://docs.github.com/enterprise-cloud@latest/admin';
  const details = { url, message, title: 'Access restricted', notification_id: 'enterprise_restricted' };
  const error = { message, documentation_url: DOCUMENTATION, status: '403', error_details: details };
  return json(403, error);
}

/** A page of the simulated GitHub; `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)} · GitHub (simulated)</title></head>
<body>
${body}
</body>
</html>
`;
}

export function escapeHtml(plain: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;' };
  // Quotation marks stay as they are in text: a message on a page equals the documented one, byte for byte.
  return plain.replaceAll(/[&<>']/g, (letter) => names[letter] ?? letter);
}

/** For a double-quoted attribute value. */
export function escapeAttribute(plain: string): string {
  return escapeHtml(plain).replaceAll('"', '&quot;');
}
