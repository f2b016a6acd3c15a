// Copilot: the page's third endpoint, as scenes. Must not know how they are shown.
import { apiMessage, SENTENCES } from './_page.ts';
import { jsonText, type Sight, sightOf } from './_sight.ts';
import { type Act, bearer, blocked, given, refused, type Stage } from './scene.ts';

const section = 'Copilot';
const madeToken = (): Sight => ({ status: 200, by: 'GitHub', text: 'a Copilot token' });

export const COPILOT_ACTS: readonly Act[] = [
  {
    section,
    sentence: SENTENCES.copilot,
    scenes: [
      {
        where: 'inside',
        what: "the member's editor gets a Copilot token, and asks for models",
        needs: ['memberOauth'],
        expected: () => ({ status: 200, by: 'GitHub', text: 'models' }),
        play: memberUsesCopilot,
      },
      {
        where: 'inside',
        what: "the outsider's editor asks for a Copilot token",
        needs: ['outsiderOauth'],
        expected: refused(apiMessage),
        play: async (stage) => (await exchange(stage, 'outsiderOauth')).seen,
      },
      {
        where: 'inside',
        what: "the outsider's gho_ token at a Copilot host",
        needs: ['outsiderOauth', 'copilotHost'],
        expected: refused(apiMessage),
        play: (stage) => models(stage, given(stage, 'outsiderOauth')),
      },
      {
        where: 'outside',
        what: "the outsider's editor asks for a Copilot token",
        needs: ['outsiderOauth'],
        expected: madeToken,
        play: async (stage) => {
          const { seen, token } = await exchange(stage, 'outsiderOauth');
          if (token !== null) stage.props.set('outsiderCopilot', token);
          return seen;
        },
      },
      {
        where: 'inside',
        what: 'that Copilot token is brought inside',
        needs: ['outsiderCopilot', 'copilotHost'],
        expected: refused(apiMessage),
        play: (stage) => models(stage, given(stage, 'outsiderCopilot')),
      },
    ],
  },
  {
    section,
    sentence: SENTENCES.plan,
    scenes: [
      {
        where: 'inside',
        what: "a host of another plan than the company's",
        needs: ['otherPlanHost'],
        expected: blocked,
        play: async (stage) =>
          sightOf(await stage.ask({ url: `https://${given(stage, 'otherPlanHost')}/models` })),
      },
    ],
  },
];

async function memberUsesCopilot(stage: Stage): Promise<Sight> {
  const { seen, token, host } = await exchange(stage, 'memberOauth');
  if (token === null || host === null) return seen;
  stage.props.set('copilotHost', host);
  const answered = await models(stage, token);
  return answered.status === 200 ? { ...answered, text: 'models' } : answered;
}

interface Exchanged {
  readonly seen: Sight;
  readonly token: string | null;
  /** Where the answer sends the editor. */
  readonly host: string | null;
}

/** What an editor asks first: its OAuth token for one that Copilot takes. */
async function exchange(stage: Stage, oauth: 'memberOauth' | 'outsiderOauth'): Promise<Exchanged> {
  const answered = await stage.ask({
    url: `https://${stage.api}/copilot_internal/v2/token`,
    headers: bearer(given(stage, oauth)),
  });
  const token = jsonText(answered, 'token');
  const endpoint = jsonText(answered, 'endpoints', 'api');
  const host = endpoint !== null && URL.canParse(endpoint) ? new URL(endpoint).host : null;
  return { seen: token === null ? sightOf(answered) : madeToken(), token, host };
}

async function models(stage: Stage, token: string): Promise<Sight> {
  const url = `https://${given(stage, 'copilotHost')}/models`;
  return sightOf(await stage.ask({ url, headers: bearer(token) }));
}
