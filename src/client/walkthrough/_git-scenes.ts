// The page's section "Git activity", as scenes: git's own requests, and the real git where it is installed.
// Must not know how git is started.
import { apiMessage, SENTENCES } from './_page.ts';
import { type Sight, sightOf } from './_sight.ts';
import type { PropName } from './cast.ts';
import { type Act, answers, given, refused, type Scene, type Stage } from './scene.ts';

const section = 'Git activity';

export const GIT_ACTS: readonly Act[] = [
  {
    section,
    sentence: SENTENCES.git,
    scenes: [
      fetching('inside', 'the member fetches', ['repositoryInside', 'memberClassic']),
      {
        ...fetching('inside', 'the outsider fetches', ['repositoryOutside', 'outsiderClassic']),
        expected: refused(apiMessage),
      },
      {
        ...fetching('inside', 'the outsider pushes', ['repositoryOutside', 'outsiderClassic']),
        expected: refused(apiMessage),
        play: (stage) =>
          advertised(stage, {
            repository: 'repositoryOutside',
            token: given(stage, 'outsiderClassic'),
            service: 'git-receive-pack',
          }),
      },
      fetching('outside', 'the outsider fetches', ['repositoryOutside', 'outsiderClassic']),
      listing('the member: git ls-remote', ['repositoryInside', 'memberClassic']),
      {
        ...listing('the outsider: git ls-remote', ['repositoryOutside', 'outsiderClassic']),
        expected: refused(apiMessage),
      },
    ],
  },
  {
    section,
    sentence: SENTENCES.publicReads,
    scenes: [
      fetching('inside', 'nobody fetches a public repository', ['repositoryOutside']),
      listing('nobody: git ls-remote', ['repositoryOutside']),
      {
        where: 'inside',
        what: 'nobody opens its page',
        needs: ['repositoryOutside'],
        expected: answers(200),
        play: async (stage) => {
          const url = `https://${stage.web}/${given(stage, 'repositoryOutside')}`;
          return sightOf(await stage.ask({ url, headers: ['Accept', 'text/html'] }));
        },
      },
    ],
  },
];

type Repository = 'repositoryInside' | 'repositoryOutside';
type Needs = readonly [Repository] | readonly [Repository, 'memberClassic' | 'outsiderClassic'];

/** The first request of a fetch, with these credentials or none. */
function fetching(where: 'inside' | 'outside', what: string, needs: Needs): Scene {
  const [repository, token] = needs;
  return {
    where,
    what,
    needs,
    expected: answers(200),
    play: (stage) =>
      advertised(stage, {
        repository,
        token: token === undefined ? null : given(stage, token),
        service: 'git-upload-pack',
      }),
  };
}

function listing(what: string, [repository, token]: Needs): Scene {
  const needs: readonly PropName[] = ['git', repository, ...(token === undefined ? [] : [token])];
  return {
    where: 'inside',
    what,
    needs,
    expected: answers(200),
    play: (stage) =>
      stage.git(
        ['ls-remote', `https://${stage.web}/${given(stage, repository)}.git`, 'HEAD'],
        token === undefined ? null : given(stage, token),
      ),
  };
}

interface Question {
  readonly repository: Repository;
  readonly token: string | null;
  readonly service: 'git-upload-pack' | 'git-receive-pack';
}

/** What git's smart protocol asks first (gitprotocol-http, "Discovering References"). */
async function advertised(stage: Stage, { repository, token, service }: Question): Promise<Sight> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const answered = await stage.ask({
    url: `https://${stage.web}/${given(stage, repository)}.git/info/refs?service=${service}`,
    headers: token === null ? [] : ['Authorization', `Basic ${basic}`],
  });
  return sightOf(answered);
}
