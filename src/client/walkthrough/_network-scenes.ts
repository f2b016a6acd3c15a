// What the page asks of the network itself, as scenes: lifting, blocking, and what a wrong header brings.
// Must not know how they are shown.
import { apiMessage, CONFIGURATION_ERRORS, SENTENCES } from './_page.ts';
import { type Expectation, type Sight, sightOf } from './_sight.ts';
import { type Act, answersTo, bearer, blocked, given, refused, type Scene, type Stage } from './scene.ts';

const HEADER = 'sec-GitHub-allowed-enterprise';

export const NETWORK_ACTS: readonly Act[] = [
  {
    section: 'Lifting the restriction for certain users',
    sentence: SENTENCES.lift,
    scenes: [
      {
        where: 'exempt',
        what: "an exempt user, the outsider's token",
        needs: ['outsiderClassic'],
        expected: answersTo('outsider'),
        play: outsiderAsks,
      },
      {
        where: 'staff',
        what: 'a user who is not exempt, the same token',
        needs: ['outsiderClassic'],
        expected: refused(apiMessage),
        play: outsiderAsks,
      },
    ],
  },
  {
    section: 'Unsupported features',
    sentence: SENTENCES.block,
    scenes: [
      closed('GitHub Codespaces: github.dev', () => 'github.dev'),
      closed('SSH access: port 22 on GitHub.com', (stage) => `${stage.web}:22`),
      closed('SSH access over the HTTPS port', (stage) => `ssh.${stage.web}`),
    ],
  },
  {
    section: 'Troubleshooting',
    sentence: SENTENCES.overwrite,
    scenes: [
      {
        where: 'inside',
        what: 'a client sends two such headers of its own',
        needs: ['memberClassic'],
        expected: answersTo('member'),
        play: async (stage) =>
          sightOf(
            await stage.ask({
              url: `https://${stage.api}/user`,
              headers: [...bearer(given(stage, 'memberClassic')), HEADER, NOBODY, HEADER, NOBODY],
            }),
          ),
      },
    ],
  },
  {
    section: 'Troubleshooting',
    sentence: SENTENCES.unknown,
    scenes: [wrong('a slug that no enterprise has', 'unknown', () => [HEADER, NOBODY])],
  },
  {
    section: 'Troubleshooting',
    sentence: SENTENCES.many,
    scenes: [
      // GitHub Docs, "Enabling access restrictions for multiple enterprises": by now one header may list twenty.
      wrong('21 enterprises in one header, since GitHub now takes 20', 'many', ({ named }) => [
        HEADER,
        Array.from({ length: 21 }, () => named.enterprise).join(', '),
      ]),
    ],
  },
  {
    section: 'Troubleshooting',
    sentence: SENTENCES.headers,
    scenes: [
      wrong('the right header, twice', 'headers', ({ named }) => [
        ...[HEADER, named.enterprise],
        ...[HEADER, named.enterprise],
      ]),
    ],
  },
];

const NOBODY = 'gatewright-names-nobody';

async function outsiderAsks(stage: Stage): Promise<Sight> {
  const headers = bearer(given(stage, 'outsiderClassic'));
  return sightOf(await stage.ask({ url: `https://${stage.api}/user`, headers }));
}

function closed(what: string, authority: (stage: Stage) => string): Scene {
  return {
    where: 'inside',
    what,
    needs: [],
    expected: (): Expectation => blocked(),
    play: async (stage) => sightOf(await stage.ask({ url: `https://${authority(stage)}/` })),
  };
}

/** A header that the gate would never send, past the gate. */
function wrong(
  what: string,
  error: keyof typeof CONFIGURATION_ERRORS,
  headers: (stage: Stage) => readonly string[],
): Scene {
  return {
    where: 'past',
    what,
    needs: [],
    expected: () => ({ status: 400, by: 'GitHub', text: CONFIGURATION_ERRORS[error] }),
    play: async (stage) =>
      sightOf(await stage.ask({ url: `https://${stage.api}/rate_limit`, headers: headers(stage) })),
  };
}
