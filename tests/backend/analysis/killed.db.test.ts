/**
 * The whole program, killed while it polls.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { API_BASE, paths } from '../../../backend/contract/paths.ts';
import { type AnalysisService, startAnalysisService } from '../../support/analysis-service.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { createDataDir, json } from '../../support/installation.ts';
import { endPrograms, startProgram, until } from '../../support/processes.ts';

let service: AnalysisService;
let database: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  service = startAnalysisService({ workMs: 4_000 });
  database = await createTestDatabase({ migrated: true });
  dataDir = await createDataDir();
});
afterEach(endPrograms);
afterAll(async () => {
  await service.close();
  await database.drop();
  await Deno.remove(dataDir, { recursive: true });
});

test('a program that is killed while it polls goes on polling, and submits once', async () => {
  const start = async () => {
    const program = startProgram({
      args: ['backend/main.ts'],
      env: {
        DATA_DIR: dataDir,
        DATABASE_URL: database.url,
        PORT: '0',
        ANALYSIS_ENDPOINT: service.url,
        ANALYSIS_TOKEN: 'a token of the service',
      },
    });
    const [, url] = await program.printed(/Headway is ready: (\S+)/, 60_000);
    return { program, url: `${url}${API_BASE}` };
  };
  const first = await start();
  const body = { inputs: [{ url: 'https://files.example/a.pdf' }] };
  const submitted = await fetch(`${first.url}/analyzers/prebuilt-layout:analyze`, json(body));
  const { operationId } = await submitted.json();
  await until('a poll', () => service.polledAt.length > 0);
  expect(service.lastHeaders.get('authorization')).toBe('Bearer a token of the service');
  first.program.kill('SIGKILL');
  await first.program.ended;
  const second = await start();
  await until('the results', async () => {
    const answer = await fetch(
      `${second.url}${paths.analysisResults('prebuilt-layout', operationId)}`,
    );
    const { status } = await answer.json();
    return status === 'succeeded';
  }, { ms: 40_000, everyMs: 200 });
  expect(service.submits).toHaveLength(1);
}, 150_000);
