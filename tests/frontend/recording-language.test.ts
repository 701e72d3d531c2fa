import { describe, expect, it } from 'vitest';
import type { KnowledgeProcessing } from '#contract/processing.ts';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import { languageOptions } from '../../frontend/src/lib/components/language-options.ts';
import { RecordingLanguage } from '../../frontend/src/lib/state/recording-language.svelte.ts';
import { answer, problem, serverOf } from './fakes.ts';

const settings = (given: Partial<KnowledgeProcessing> = {}): KnowledgeProcessing => ({
  analyzer: null,
  language: null,
  speech_languages: null,
  ...given,
});

async function languageOn(...answers: Parameters<typeof serverOf>) {
  const server = serverOf(...answers);
  const language = new RecordingLanguage(createHeadwayClient({ fetch: server.fetch }), 'k');
  await language.load();
  return { server, language };
}

describe('RecordingLanguage', () => {
  it('is saved, and shown as the server writes it', async () => {
    const { server, language } = await languageOn(
      answer(settings()),
      answer(settings({ language: 'de-AT' })),
    );
    expect([language.current, language.isChoice, language.isPossible]).toEqual([null, true, true]);
    await language.choose('de_at');
    expect(language.current).toBe('de-AT');
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
  });

  it('is taken back when it is not saved', async () => {
    const before = settings({ language: 'fr' });
    const { language } = await languageOn(answer(before), problem(403, 'forbidden'));
    await language.choose(null);
    expect(language.current).toBe('fr');
    expect(language.error).toMatchObject({ code: 'forbidden' });
  });

  it('is no choice where one language is all there is, unless another was chosen', async () => {
    const english = { speech_languages: ['en'] };
    expect((await languageOn(answer(settings(english)))).language.isChoice).toBe(false);
    const { language } = await languageOn(answer(settings({ ...english, language: 'de-CH' })));
    expect([language.isChoice, language.isPossible]).toEqual([true, false]);
    const british = await languageOn(answer(settings({ ...english, language: 'en-GB' })));
    expect(british.language.isPossible).toBe(true);
    expect((await languageOn(problem(404, 'knowledge_not_found'))).language.isChoice).toBe(false);
  });
});

it('languageOptions() names languages as the locale does, the chosen one among them', () => {
  const german = languageOptions('de', 'de-AT');
  expect(german).toContainEqual(['fr', 'Französisch']);
  expect(german.filter(([tag]) => tag.startsWith('de'))).toHaveLength(2);
  const names = german.map(([, name]) => name);
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'de')));
});
