// The page a browser shows instead of the site: what happened, the administrator's words, whom to ask, with which reference.
// One file without scripts, images or fonts to load; must not know why anything is refused.

/** What the page says; all of it is plain text. */
export interface AnswerPage {
  readonly status: number;
  readonly heading: string;
  readonly text: string;
  readonly say: string | null;
  /** Names and values for whoever looks into it. */
  readonly details: readonly (readonly [name: string, value: string])[];
  readonly reference: string;
  /** A mail address, or any other words. */
  readonly contact: string | null;
  readonly helpUrl: string | null;
}

/** The page as HTML; it works under `default-src 'none'; style-src 'unsafe-inline'`. */
export function answerPage(page: AnswerPage): string {
  const said = page.say === null ? '' : `\n<p class="say">${escaped(page.say)}</p>`;
  const rows = page.details.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(page.heading)}</title>
<style>${STYLE}</style></head>
<body><main>
<p class="mark">${MARK}<span>${page.status}</span></p>
<h1>${escaped(page.heading)}</h1>
<p>${escaped(page.text)}</p>${said}
${helpLine(page)}<dl>${rows.join('')}</dl>
<footer>This page comes from Gatewright, the gate between your company's network and the internet, not from the site you asked for.</footer>
</main></body></html>
`;
}

function helpLine({ contact, helpUrl, reference }: AnswerPage): string {
  const ask =
    contact === null ? null : `Ask ${contactLink(contact, reference)} and name the reference below.`;
  const read = helpUrl === null ? null : `<a href="${escaped(helpUrl)}">What this network allows</a>`;
  const parts = [ask, read].filter((part) => part !== null);
  return parts.length === 0 ? '' : `<p class="help">${parts.join(' ')}</p>\n`;
}

function contactLink(contact: string, reference: string): string {
  if (!/^[^\s@:/?]+@[^\s@:/?]+$/.test(contact)) return escaped(contact);
  const subject = encodeURIComponent(`Refused by the gate: ${reference}`);
  return `<a href="mailto:${escaped(contact)}?subject=${subject}">${escaped(contact)}</a>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const MARK =
  '<svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true"><path d="M12 1.8 3.5 5v6.4c0 5 3.6 9 8.5 10.8 4.9-1.8 8.5-5.8 8.5-10.8V5z"/><path class="bar" d="M7.5 12h9"/></svg>';

const STYLE = [
  ':root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--page:#f6f8fa;--card:#fff;--warn:#bc4c00}',
  '@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--page:#0d1117;--card:#151b23;--warn:#f0883e}}',
  'body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:10vh 1rem 2rem;color:var(--ink);background:var(--page)}',
  'main{max-width:36rem;margin:auto;padding:2rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}',
  '.mark{display:flex;align-items:center;gap:.5rem;margin:0;color:var(--warn);font-weight:600}',
  'svg{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}',
  'h1{font-size:1.4rem;line-height:1.3;margin:.75rem 0}',
  '.say{border-left:4px solid var(--warn);padding:.25rem 0 .25rem 1rem;font-size:1.1rem}',
  'a{color:inherit}',
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:1.5rem 0;padding:1rem 0 0;border-top:1px solid var(--line);font-size:.9rem;color:var(--soft)}',
  'dd{margin:0;font-family:ui-monospace,monospace;color:var(--ink);overflow-wrap:anywhere}',
  'footer{font-size:.8rem;color:var(--soft)}',
].join('');
