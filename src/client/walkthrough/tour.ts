// The tour: every scene of the page in its order, each played from where it belongs, each compared with the page.
// Must not know how rows are shown, nor who switches the stamp.
import { ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { askThrough, type Trust, type Way } from '../proxied-request.ts';
import { API_ACTS } from './_api-scenes.ts';
import { APP_ACTS } from './_app-scenes.ts';
import { COPILOT_ACTS } from './_copilot-scenes.ts';
import { GIT_ACTS } from './_git-scenes.ts';
import { NETWORK_ACTS } from './_network-scenes.ts';
import type { Named } from './_page.ts';
import { hasGit, runGit } from './_real-git.ts';
import { type Expectation, isAsExpected, type Sight } from './_sight.ts';
import { WEB_ACTS } from './_web-scenes.ts';
import { type Props, whyMissing } from './cast.ts';
import type { Act, Scene, Stage, Where } from './scene.ts';

/** Where the tour goes, and with what. */
export interface Itinerary {
  readonly named: Named;
  /** `github.com` */
  readonly web: string;
  readonly props: Props;
  /** A proxy URL, or where GitHub itself is; null with a reason where there is no such way. */
  readonly ways: Readonly<Record<Where, Way | { readonly kind: 'none'; readonly why: string }>>;
  readonly trust: Trust;
  /** The same certificates as a file, for git. */
  readonly trustFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970 UTC. */
  nowMs(): number;
  /** Switches the stamp where it has to be switched. */
  enter(where: Where): Promise<Result<unknown, Trouble>>;
  /** True once somebody wants the tour to end. */
  isOver(): boolean;
}

/** One scene as it was played. */
export interface Row {
  readonly section: string;
  readonly sentence: string;
  readonly where: Where;
  readonly what: string;
  readonly outcome:
    | { readonly kind: 'expected' | 'different'; readonly expected: Expectation; readonly seen: Sight }
    | { readonly kind: 'skipped'; readonly why: string };
}

/** Plays every scene, and hands out each row as it is known. Ends with trouble when the stamp cannot be switched. */
export async function takeTour(
  itinerary: Itinerary,
  onRow: (row: Row) => void,
): Promise<Result<readonly Row[], Trouble>> {
  if (await hasGit(itinerary.env)) itinerary.props.set('git', 'git');
  const rows: Row[] = [];
  for (const { section, sentence, scenes } of ACTS) {
    for (const scene of scenes) {
      if (itinerary.isOver()) return ok(rows);
      const outcome = await played(itinerary, scene);
      if (!outcome.ok) return outcome;
      const row = { section, sentence, where: scene.where, what: scene.what, outcome: outcome.value };
      rows.push(row);
      onRow(row);
    }
  }
  return ok(rows);
}

const ACTS: readonly Act[] = [
  ...WEB_ACTS,
  ...GIT_ACTS,
  ...API_ACTS,
  ...APP_ACTS,
  ...COPILOT_ACTS,
  ...NETWORK_ACTS,
];

async function played(itinerary: Itinerary, scene: Scene): Promise<Result<Row['outcome'], Trouble>> {
  const way = itinerary.ways[scene.where];
  if (way.kind === 'none') return ok({ kind: 'skipped', why: way.why });
  const missing = scene.needs.find((name) => !itinerary.props.has(name));
  if (missing !== undefined) return ok({ kind: 'skipped', why: whyMissing(missing) });
  const entered = await itinerary.enter(scene.where);
  if (!entered.ok) return entered;
  const stage = stageFor(itinerary, way);
  const expected = scene.expected(stage);
  const seen = await scene.play(stage);
  return ok({ kind: isAsExpected(expected, seen) ? 'expected' : 'different', expected, seen });
}

function stageFor(itinerary: Itinerary, way: Way): Stage {
  const { named, web, props, trust, trustFile, env, nowMs } = itinerary;
  const proxy = way.kind === 'proxy' ? way.url : '';
  return {
    named,
    web,
    api: `api.${web}`,
    props,
    nowMs,
    ask: (asking) => askThrough(way, asking, trust),
    git: (args, token) => runGit(args, token, { env, proxy, caFile: trustFile }),
  };
}
