// What the page says of installation tokens, as scenes. Writes change nothing: an issue without a title, which GitHub
// refuses as invalid (422) where it takes the write at all. Must not know how scenes are shown.
import { sign } from 'node:crypto';
import { installationMessage, SENTENCES } from './_page.ts';
import { jsonText, type Sight, sightOf } from './_sight.ts';
import type { PropName } from './cast.ts';
import { type Act, answers, bearer, given, refused, type Scene, type Stage, type Where } from './scene.ts';

const section = 'Installation tokens';
const blocked = { expected: refused(installationMessage) };

export const APP_ACTS: readonly Act[] = [
  {
    section,
    sentence: SENTENCES.installation,
    scenes: [
      reading('an app of the enterprise reads outside', 'installation'),
      { ...writing('inside', 'it writes outside', ['installation', 'repositoryOutside']), ...blocked },
      writing('inside', 'it writes in the enterprise', ['installation', 'repositoryInside']),
      reading('an app of an outside organization reads there', 'installationOutside'),
      { ...writing('inside', 'it writes there', ['installationOutside', 'repositoryOutside']), ...blocked },
      writing('outside', 'the same write', ['installationOutside', 'repositoryOutside']),
    ],
  },
  {
    section,
    sentence: SENTENCES.mint,
    scenes: [
      {
        where: 'inside',
        what: 'an app makes a token for an outside organization',
        needs: ['outsideAppKey'],
        expected: () => ({ status: 201, by: 'GitHub', text: 'a new ghs_ token' }),
        play: mint,
      },
      {
        ...writing('inside', 'it writes with that token', ['mintedOutside', 'repositoryOutside']),
        ...blocked,
      },
    ],
  },
];

function reading(what: string, token: PropName): Scene {
  return {
    where: 'inside',
    what,
    needs: [token, 'repositoryOutside'],
    expected: answers(200),
    play: async (stage) => {
      const url = `https://${stage.api}/repos/${given(stage, 'repositoryOutside')}`;
      return sightOf(await stage.ask({ url, headers: bearer(given(stage, token)) }));
    },
  };
}

function writing(where: Where, what: string, [token, repository]: readonly [PropName, PropName]): Scene {
  return {
    where,
    what,
    needs: [token, repository],
    expected: answers(422),
    play: async (stage) => {
      const answered = await stage.ask({
        url: `https://${stage.api}/repos/${given(stage, repository)}/issues`,
        method: 'POST',
        headers: [...bearer(given(stage, token)), 'Content-Type', 'application/json'],
        body: '{}',
      });
      return sightOf(answered);
    },
  };
}

// The app and the installation of the default world that belong to no enterprise.
const OUTSIDE_APP = 'open-bot';
const OUTSIDE_INSTALLATION = 2002;

async function mint(stage: Stage): Promise<Sight> {
  const answered = await stage.ask({
    url: `https://${stage.api}/app/installations/${OUTSIDE_INSTALLATION}/access_tokens`,
    method: 'POST',
    headers: bearer(appToken(given(stage, 'outsideAppKey'), stage.nowMs())),
  });
  const token = jsonText(answered, 'token');
  if (token === null) return sightOf(answered);
  stage.props.set('mintedOutside', token);
  return { ...sightOf(answered), text: token.startsWith('ghs_') ? 'a new ghs_ token' : 'an unknown token' };
}

/** GitHub Docs, "Generating a JSON Web Token (JWT) for a GitHub App": RS256, at most ten minutes. */
function appToken(privatePem: string, nowMs: number): string {
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(nowMs / 1000);
  const signed = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded({ iss: OUTSIDE_APP, iat: now - 60, exp: now + 300 })}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privatePem).toString('base64url')}`;
}
