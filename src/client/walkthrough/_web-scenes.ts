// The page's section "Web activity", as scenes. Must not know how they are shown.
import { SENTENCES, webMessage } from './_page.ts';
import type { Sight } from './_sight.ts';
import { browse, seenBy, signIn, switchTo } from './_sign-in.ts';
import type { PropName } from './cast.ts';
import { type Act, answersTo, given, refused, type Scene, type Stage } from './scene.ts';

const section = 'Web activity';
const MEMBER: readonly PropName[] = ['memberLogin', 'memberPassword'];
const OUTSIDER: readonly PropName[] = ['outsiderLogin', 'outsiderPassword'];
const asMember = answersTo('member', 'signed in as ');
const asOutsider = answersTo('outsider', 'signed in as ');

export const WEB_ACTS: readonly Act[] = [
  {
    section,
    sentence: SENTENCES.signIn,
    scenes: [
      {
        where: 'inside',
        what: 'the member signs in',
        needs: MEMBER,
        expected: asMember,
        play: async (stage) => {
          const signed = await signIn(stage, 'member');
          if (signed.session !== null) stage.props.set('memberSession', signed.session);
          return seenBy(stage, signed);
        },
      },
      homePage('inside', "the member's session opens GitHub", 'memberSession'),
    ],
  },
  {
    section,
    sentence: SENTENCES.noSignIn,
    scenes: [
      {
        where: 'inside',
        what: 'the outsider signs in',
        needs: OUTSIDER,
        expected: refused(webMessage),
        play: async (stage) => seenBy(stage, await signIn(stage, 'outsider')),
      },
    ],
  },
  {
    section,
    sentence: SENTENCES.noSwitch,
    scenes: [
      {
        where: 'outside',
        what: 'outsider and member sign in, in one browser',
        needs: [...MEMBER, ...OUTSIDER],
        expected: asMember,
        play: signInBoth,
      },
      {
        where: 'inside',
        what: 'the switcher goes to the outsider',
        needs: ['sharedSession', ...OUTSIDER],
        expected: refused(webMessage),
        play: (stage) => switchTo(stage, given(stage, 'sharedSession'), 'outsider'),
      },
      homePage('inside', "the session stays the member's", 'sharedSession'),
    ],
  },
  {
    section,
    sentence: SENTENCES.stale,
    scenes: [
      {
        where: 'outside',
        what: 'the outsider signs in',
        needs: OUTSIDER,
        expected: asOutsider,
        play: async (stage) => {
          const signed = await signIn(stage, 'outsider');
          if (signed.session !== null) stage.props.set('outsiderSession', signed.session);
          return seenBy(stage, signed);
        },
      },
      stalePage('the session is brought inside', () => '/'),
      stalePage('it opens a public repository', (stage) => `/${given(stage, 'repositoryOutside')}`),
      homePage('outside', 'it is taken outside again', 'outsiderSession'),
      {
        where: 'inside',
        what: 'the member signs in, in the same browser',
        needs: ['outsiderSession', ...MEMBER],
        expected: asMember,
        play: async (stage) => seenBy(stage, await signIn(stage, 'member', given(stage, 'outsiderSession'))),
      },
    ],
  },
];

function homePage(where: 'inside' | 'outside', what: string, session: PropName): Scene {
  const expected = session === 'outsiderSession' ? asOutsider : asMember;
  return { where, what, needs: [session], expected, play: (stage) => browse(stage, given(stage, session)) };
}

function stalePage(what: string, path: (stage: Stage) => string): Scene {
  return {
    where: 'inside',
    what,
    needs: ['outsiderSession', 'repositoryOutside'],
    expected: refused(webMessage),
    play: (stage) => browse(stage, given(stage, 'outsiderSession'), path(stage)),
  };
}

/** The outsider first, so that the member acts and the outsider waits in the switcher. */
async function signInBoth(stage: Stage): Promise<Sight> {
  const first = await signIn(stage, 'outsider');
  if (first.session === null) return seenBy(stage, first);
  const second = await signIn(stage, 'member', first.session);
  if (second.session !== null) stage.props.set('sharedSession', second.session);
  return seenBy(stage, second);
}
