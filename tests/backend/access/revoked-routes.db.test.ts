/**
 * Every route of the API, asked about what one has started oneself in a knowledge base that one may
 * not read, or not change, any more. The routes are those of the route table, which is whole.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reports } from '../../../backend/reports/all.ts';
import {
  type Answer,
  type Ask,
  notProblem,
  SECRET,
  startTestApp,
  type TestApp,
} from '../../support/app.ts';
import {
  askRoute,
  ENDLESS_ANALYSIS,
  makePlace,
  type Place,
  ROUTE_TABLE,
  type SignedIn,
  signIn,
} from '../../support/route-table.ts';

let app: TestApp;
/** Where nobody but the owner has a right any more. */
let lost: Place;
/** Where the writer may still read. */
let kept: Place;
/** In {@link lost}: the report in the place of the session. */
let lostReport: Place;
let tokens: Record<SignedIn, string>;

const as = (person: SignedIn): Ask => ({ token: tokens[person] });

beforeAll(async () => {
  app = await startTestApp({ authSecret: SECRET, jobs: reports, analysis: ENDLESS_ANALYSIS });
  tokens = await signIn(app);
  const starters = { writer: 'writer', reader: 'reader' } as const;
  lost = await makePlace(app, as, starters);
  kept = await makePlace(app, as, starters);
  const status = await app.get(`/progress/${lost.report}/status?files=true`, as('owner'));
  lostReport = { ...lost, session: lost.report, job: status.body.files[0].job_id };
  for (const { session, report, job } of [lost, lostReport, kept]) {
    expect([session, report, job]).toEqual(Array(3).fill(expect.any(String)));
  }
  await share(lost, []);
  const permission = 'read';
  await share(kept, [{ principal_type: 'user', principal_id: 'writer', permission }]);
});
afterAll(() => app.stop());

async function share({ knowledge }: Place, access_grants: unknown[]): Promise<void> {
  const path = `/knowledge/${knowledge}/access/update`;
  expect((await app.post(path, { access_grants }, as('owner'))).status).toBe(200);
}

/** What the answer tells of a place, beside what it was asked. */
function told({ body, headers }: Answer, asked: string, at: Place): string[] {
  const text = JSON.stringify([body, [...headers]]);
  return Object.values(at).filter((id) => text.includes(id) && !asked.includes(id));
}

const rows = Object.entries(ROUTE_TABLE).filter(([, { rule }]) => rule !== 'open')
  .map(([name, row]) => [name, name.split(' ')[0] ?? '', row] as const);

describe.each(['writer', 'reader'] as const)('of a %s who may not read it any more', (person) => {
  test.each(rows)('%s: nothing is there', async (_name, method, row) => {
    for (const at of [lost, lostReport]) {
      const answer = await askRoute(app, [method, row], at, as(person));
      if (row.rule === 'own') expect(told(answer, row.path(at), at)).toEqual([]);
      else {
        const code = row.rule === 'admin' ? 'forbidden' : row.missing ?? 'not_found';
        expect(notProblem(answer, code)).toBeNull();
        expect(answer.body.detail).not.toContain("The owner's");
      }
    }
  });
});

const changes = rows.filter(([, , { rule }]) => rule === 'write' || rule === 'owner');

describe('of a writer who may still read it', () => {
  test.each(changes)('%s: it is forbidden', async (_name, method, row) => {
    expect(notProblem(await askRoute(app, [method, row], kept, as('writer')), 'forbidden'))
      .toBeNull();
  });
});

test('and the owner has it all', async () => {
  for (const { session } of [lost, lostReport, kept]) {
    const { body } = await app.get(`/progress/${session}/status`, as('owner'));
    expect(body).toMatchObject({ session_id: session, status: 'queued' });
  }
});
