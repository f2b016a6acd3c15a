// The page's table under "API requests", one act per row, as scenes. Must not know how they are shown.
import { apiMessage, SENTENCES } from './_page.ts';
import { jsonText, type Sight, sightOf } from './_sight.ts';
import { refresh, signInToApp } from './_sign-in.ts';
import type { PropName } from './cast.ts';
import { type Act, answersTo, bearer, given, refused, type Scene, type Stage, type Where } from './scene.ts';

const section = 'API requests';
const OUTSIDER: readonly PropName[] = ['outsiderLogin', 'outsiderPassword', 'appClientId'];
const blocked = { expected: refused(apiMessage) };

export const API_ACTS: readonly Act[] = [
  {
    section,
    sentence: SENTENCES.patInside,
    scenes: [
      rest('inside', "the member's ghp_ token", 'memberClassic'),
      rest('inside', "the member's github_pat_ token", 'memberFine'),
      graphql('inside', "the member's ghp_ token, GraphQL", 'memberClassic'),
      rest('inside', "the member's gho_ token", 'memberOauth'),
      rest('inside', "the member's ghu_ token", 'memberApp'),
    ],
  },
  {
    section,
    sentence: SENTENCES.patOutside,
    scenes: [
      rest('outside', "the outsider's ghp_ token", 'outsiderClassic'),
      rest('outside', "the outsider's github_pat_ token", 'outsiderFine'),
      { ...rest('inside', 'the same ghp_ token', 'outsiderClassic'), ...blocked },
      { ...rest('inside', 'the same github_pat_ token', 'outsiderFine'), ...blocked },
      { ...graphql('inside', 'the same ghp_ token, GraphQL', 'outsiderClassic'), ...blocked },
      rest('outside', 'the same ghp_ token again', 'outsiderClassic'),
      rest('outside', 'the same github_pat_ token again', 'outsiderFine'),
    ],
  },
  {
    section,
    sentence: SENTENCES.oauth,
    scenes: [
      appSignIn('the outsider signs in to an OAuth app', 'outsiderOauth', async (stage) => {
        const { access } = await signInToApp(stage, 'outsider', 'walkthrough-oauth-app');
        if (access !== null) stage.props.set('outsiderOauth', access);
      }),
      { ...rest('inside', 'its gho_ token', 'outsiderOauth'), ...blocked },
      rest('outside', 'its gho_ token again', 'outsiderOauth'),
    ],
  },
  {
    section,
    sentence: SENTENCES.app,
    scenes: [
      appSignIn('the outsider signs in to a GitHub App', 'outsiderApp', async (stage) => {
        const tokens = await signInToApp(stage, 'outsider', given(stage, 'appClientId'));
        if (tokens.access !== null) stage.props.set('outsiderApp', tokens.access);
        if (tokens.refresh !== null) stage.props.set('outsiderRefresh', tokens.refresh);
      }),
      { ...rest('inside', 'its ghu_ token', 'outsiderApp'), ...blocked },
      rest('outside', 'its ghu_ token again', 'outsiderApp'),
    ],
  },
  {
    section,
    sentence: SENTENCES.refresh,
    scenes: [
      {
        ...refreshing('inside', 'the app refreshes with its ghr_ token'),
        ...blocked,
      },
      refreshing('outside', 'the same ghr_ token, not used up'),
    ],
  },
];

function rest(where: Where, what: string, token: PropName): Scene {
  return {
    where,
    what,
    needs: [token],
    expected: answersTo(token.startsWith('member') ? 'member' : 'outsider'),
    play: (stage) => whoAmI(stage, given(stage, token)),
  };
}

function graphql(where: Where, what: string, token: PropName): Scene {
  return {
    ...rest(where, what, token),
    play: async (stage) =>
      sightOf(
        await stage.ask({
          url: `https://${stage.api}/graphql`,
          method: 'POST',
          headers: [...bearer(given(stage, token)), 'Content-Type', 'application/json'],
          body: JSON.stringify({ query: '{ viewer { login } }' }),
        }),
      ),
  };
}

/** Signing in to an app, seen by what its token then says of itself. */
function appSignIn(what: string, token: PropName, act: (stage: Stage) => Promise<void>): Scene {
  return {
    where: 'outside',
    what,
    needs: OUTSIDER,
    expected: answersTo('outsider'),
    play: async (stage) => {
      await act(stage);
      const made = stage.props.get(token);
      if (made === undefined) return { status: 0, by: 'nobody', text: 'no token was made' };
      return whoAmI(stage, made);
    },
  };
}

async function whoAmI(stage: Stage, token: string): Promise<Sight> {
  return sightOf(await stage.ask({ url: `https://${stage.api}/user`, headers: bearer(token) }));
}

function refreshing(where: Where, what: string): Scene {
  return {
    where,
    what,
    needs: ['outsiderRefresh', 'appClientId', 'appClientSecret'],
    expected: () => ({ status: 200, by: 'GitHub', text: 'a new ghu_ token' }),
    play: async (stage) => {
      const answered = await refresh(stage, given(stage, 'outsiderRefresh'));
      const next = jsonText(answered, 'refresh_token');
      if (next !== null) stage.props.set('outsiderRefresh', next);
      const made = jsonText(answered, 'access_token');
      return made?.startsWith('ghu_') === true
        ? { ...sightOf(answered), text: 'a new ghu_ token' }
        : sightOf(answered);
    },
  };
}
