/**
 * Full-text search: over one knowledge base, and over all that the actor may read.
 *
 * @module
 */
import { Id } from '#contract/bounds.ts';
import { SearchResults } from '#contract/files.ts';
import { Hono } from 'hono';
import * as v from 'valibot';
import { mayAccessKnowledge, mayReadFiles } from '../access/permissions.ts';
import { search, type SearchScope } from '../knowledge/search.ts';
import { allowKnowledge } from './answer-knowledge.ts';
import { check, operation } from './describe.ts';
import { whole } from './parameters.ts';
import type { Env, Services } from './services.ts';

const SearchQuery = v.object({
  q: v.pipe(
    v.string(),
    v.trim(),
    v.minLength(1, 'Say what to search for'),
    v.maxLength(400),
    v.check((query) => !query.includes('\0'), 'must have no NUL character'),
  ),
  limit: whole(1, 100, 20),
  offset: whole(0, 999_999_999, 0),
  group: v.optional(
    v.pipe(
      v.picklist(['file']),
      v.description('The best hit of each file, with the number of hits in it'),
    ),
  ),
  file_id: v.optional(v.pipe(Id, v.description('Hits in this file alone'))),
});
type SearchQuery = v.InferOutput<typeof SearchQuery>;

const DESCRIPTION =
  'Words, "a phrase", `or`, `-not`. The last word may be incomplete. Case, width, soft hyphens, ' +
  'composed or decomposed letters, and kinds of apostrophes and digits make no difference. ' +
  'Chinese, Japanese, Korean, Thai and other scripts without spaces are found by any piece, codes ' +
  'and addresses by their parts. Where nothing is found, words with one typo are forgiven ' +
  '(`approximate`). Hits name the file, and the page or the time. `offset` reaches every hit.';

export function searchRoutes({ db }: Services): Hono<Env> {
  const answer = (scope: SearchScope, { q, group, file_id, ...page }: SearchQuery) =>
    search(db.orm, {
      ...page,
      scope,
      query: q,
      byFile: group === 'file',
      ...(file_id !== undefined && { fileId: file_id }),
    });
  return new Hono<Env>()
    .get(
      '/search',
      operation({
        tag: 'Search',
        summary: 'Full-text search over all files that the asker may read',
        description: DESCRIPTION,
        answers: { 200: { schema: SearchResults, as: 'Hits, best first' } },
        problems: ['invalid'],
      }),
      check('query', SearchQuery),
      async (c) => {
        const actor = c.get('actor');
        const scope = { visible: mayReadFiles(actor), bases: mayAccessKnowledge(actor, 'read') };
        return c.json(await answer(scope, c.req.valid('query')));
      },
    )
    .get(
      '/knowledge/:id/search',
      operation({
        tag: 'Search',
        summary: 'Full-text search over what was read of its files',
        description: DESCRIPTION,
        answers: { 200: { schema: SearchResults, as: 'Hits, best first' } },
        problems: ['invalid', 'knowledge_not_found'],
      }),
      check('query', SearchQuery),
      async (c) => {
        await allowKnowledge(c, db, 'read');
        return c.json(await answer({ knowledgeId: c.req.param('id') }, c.req.valid('query')));
      },
    );
}
