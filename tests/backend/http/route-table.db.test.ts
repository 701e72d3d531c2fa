/** Every route × who asks: a route that is not in the table fails, and so does every other answer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_BASE } from '../../../backend/contract/paths.ts';
import type { ProblemCode } from '../../../backend/contract/problem.ts';
import { reports } from '../../../backend/reports/all.ts';
import {
  type Answer,
  type Ask,
  notProblem,
  SECRET,
  signToken,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';
import {
  askRoute,
  ENDLESS_ANALYSIS,
  makePlace,
  type Place,
  ROUTE_TABLE,
  type Row,
  SIGNED_IN,
  type SignedIn,
  signIn,
} from '../../support/route-table.ts';

const STRANGERS = ['no token', 'bad token', 'expired token'] as const;
const PEOPLE = [...STRANGERS, ...SIGNED_IN] as const;
type Person = (typeof PEOPLE)[number];

let app: TestApp;
let shared: Place;
const tokens = {} as Record<Person, string>;

beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET, jobs: reports, analysis: ENDLESS_ANALYSIS });
  Object.assign(tokens, await signIn(app));
  tokens['no token'] = '';
  tokens['bad token'] = await signToken({ id: 'admin' }, { secret: 'the secret of another app' });
  tokens['expired token'] = await signToken({ id: 'admin' }, { expires: new Date(0) });
  shared = await makePlace(app, as);
});
afterAll(() => app.stop());

const as = (person: Person): Ask => ({ token: tokens[person] });

async function askAs(person: Person, [method, row]: [string, Row], at: Place): Promise<Answer> {
  for (const step of row.before ?? []) {
    const [method, path] = step(at);
    await app.ask(method, path, as('owner'));
  }
  return await askRoute(app, [method, row], at, as(person));
}

/** Null where they are let in. */
function refusalOf(person: Person, { rule, missing }: Row): ProblemCode | null {
  if (rule === 'open') return null;
  if (!SIGNED_IN.includes(person as SignedIn)) return 'unauthenticated';
  if (rule === 'admin') return person === 'admin' ? null : 'forbidden';
  if (rule === 'own') return null;
  if (person === 'other') return missing ?? 'not_found';
  if (rule === 'owner') return ['owner', 'admin'].includes(person) ? null : 'forbidden';
  return rule === 'write' && person === 'reader' ? 'forbidden' : null;
}

const rows = Object.entries(ROUTE_TABLE).map(([name, row]) =>
  [name, name.split(' ')[0] ?? '', row] as const
);

describe.each(rows)('%s', (_name, method, row) => {
  // A list shows the newest first; a change would leave the next person another place.
  const ownPlace = row.tells !== undefined || (method !== 'GET' && row.rule !== 'own');

  test.each(PEOPLE)('%s', async (person) => {
    const refusal = refusalOf(person, row);
    // What is refused changes nothing: all of them may be asked of one place.
    const at = ownPlace && refusal === null ? await makePlace(app, as) : shared;
    const answer = await askAs(person, [method, row], at);
    if (row.path(at).startsWith('/')) {
      // Only the bytes of a file may stay in the browser of one person.
      const stays = row.path(at).endsWith('/content') && answer.status === 200;
      expect(answer.headers.get('cache-control')).toMatch(
        stays ? /^private, no-cache$/ : /no-store$/,
      );
    }
    if (refusal) {
      expect(notProblem(answer, refusal)).toBeNull();
      if (refusal.endsWith('not_found')) expect(answer.body.detail).not.toContain("The owner's");
      return;
    }
    const expected = row.status ?? 200;
    expect([answer.status, JSON.stringify(answer.body).slice(0, 300)])
      .toEqual([expected, expect.any(String)]);
    if (!row.tells || !row.seenBy) return;
    const tells = JSON.stringify(answer.body).includes(row.tells(at));
    expect(tells).toBe(row.seenBy.includes(person as SignedIn));
  });
});

describe('the table is whole', () => {
  const nameOf = (method: string, path: string) => {
    const verbs = path.replace(/\{[^}]*(:\w+)\}/, '$1');
    const plain = verbs.replace(/\{(\w+)\}/g, ':$1').replace(/(?<=.)\/$/, '');
    return plain.startsWith(API_BASE)
      ? `${method} ${plain.slice(API_BASE.length)}`
      : `${method} ${plain.slice(1)}`;
  };

  test('every route of the router is in it, and no other', () => {
    const routed = app.headway.routes.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => nameOf(method, path));
    expect([...new Set(routed)].sort()).toEqual(Object.keys(ROUTE_TABLE).sort());
  });

  /** Methods that the table has at an address; HEAD where GET is answered, or only HEAD is. */
  const methodsAt = (address: string) => {
    const here = Object.entries(ROUTE_TABLE).flatMap(([name, { status }]) => {
      const [method = '', template = ''] = name.split(' ');
      const pattern = new RegExp(`^${template.replace(/:\w+/g, '[^/]+')}$`);
      if (!pattern.test(address)) return [];
      if (method !== 'GET') return [method];
      return status === 405 ? ['HEAD'] : ['GET', 'HEAD'];
    });
    return [...new Set([...here, 'OPTIONS'])].sort();
  };

  const addresses = () =>
    new Set(rows.map(([, , row]) => row.path(shared).replace(/\?.*/, '').replace(/(?<=.)\/$/, '')));

  test('every other method at a path of it is refused, with those that it has', async () => {
    for (const address of addresses()) {
      const allowed = methodsAt(address);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        if (allowed.includes(method)) continue;
        const answer = await app.ask(method, address, as('admin'));
        expect([method, address, notProblem(answer, 'method_not_allowed')])
          .toEqual([method, address, null]);
        expect([address, answer.headers.get('allow')]).toEqual([address, allowed.join(', ')]);
      }
    }
  });

  test('OPTIONS says the methods of a path to those who are let in', async () => {
    for (const address of addresses()) {
      const isTus = address.startsWith('/uploads');
      const answer = await app.ask('OPTIONS', address, as('admin'));
      expect([address, answer.status, answer.body]).toEqual([address, 204, '']);
      if (isTus) expect(answer.headers.get('tus-version')).toBe('1.0.0');
      else {expect([address, answer.headers.get('allow')]).toEqual([
          address,
          methodsAt(address).join(', '),
        ]);}
    }
    expect(notProblem(await app.ask('OPTIONS', '/me'), 'unauthenticated')).toBeNull();
  });

  test('every operation of the OpenAPI document is in it', async () => {
    const { body } = await app.get('openapi.json');
    const described = Object.entries<Record<string, unknown>>(body.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => nameOf(method.toUpperCase(), path))
    );
    expect(described.filter((name) => !(name in ROUTE_TABLE))).toEqual([]);
    expect(described.length).toBeGreaterThan(40);
  });
});
