/**
 * Knowledge bases in the existing app's shapes.
 *
 * @module
 */
import * as v from 'valibot';
import { Id, listOf } from './bounds.ts';
import { FileRow } from './files.ts';

export const AccessGrant = v.object({
  id: v.optional(Id),
  principal_type: v.picklist(['user', 'group', 'anyone']),
  principal_id: Id,
  permission: v.picklist(['read', 'write']),
});
export type AccessGrant = v.InferOutput<typeof AccessGrant>;

/** Maximum number of access grants; for more people, use a group or everyone. */
export const MOST_GRANTS = 1_000;
export const AccessGrants = listOf(AccessGrant, MOST_GRANTS);

const name = v.pipe(v.string(), v.trim(), v.minLength(1, 'Give a name'), v.maxLength(200));
const description = v.pipe(v.string(), v.maxLength(10_000));

export const CreateKnowledge = v.object({
  name,
  description: v.optional(v.nullable(description)),
  access_grants: v.optional(v.nullable(AccessGrants)),
});
export type CreateKnowledge = v.InferOutput<typeof CreateKnowledge>;

const row = {
  id: v.string(),
  user_id: v.string(),
  name: v.string(),
  description: v.nullable(v.string()),
  meta: v.nullable(v.record(v.string(), v.unknown())),
  created_at: v.number(),
  updated_at: v.nullable(v.number()),
};

/** One knowledge base; `files` is always null, as in the existing app. */
export const Knowledge = v.object({
  ...row,
  files: v.null(),
  write_access: v.boolean(),
  access_grants: v.array(AccessGrant),
});
export type Knowledge = v.InferOutput<typeof Knowledge>;

const owner = v.object({ id: v.string(), name: v.string(), email: v.optional(v.string()) });

export const KnowledgeListItem = v.object({
  ...row,
  user: v.nullable(owner),
  file_count: v.number(),
  write_access: v.boolean(),
});
export type KnowledgeListItem = v.InferOutput<typeof KnowledgeListItem>;

export const KnowledgeList = v.object({ items: v.array(KnowledgeListItem), total: v.number() });
export type KnowledgeList = v.InferOutput<typeof KnowledgeList>;

export const KnowledgeFiles = v.object({
  items: v.array(FileRow),
  directories: v.array(v.unknown()),
  breadcrumbs: v.array(v.unknown()),
  total: v.number(),
  counts: v.optional(
    v.pipe(
      v.object({ ready: v.number(), working: v.number(), attention: v.number() }),
      v.description('How many there are in each state, where `state` was asked for'),
    ),
  ),
});
export type KnowledgeFiles = v.InferOutput<typeof KnowledgeFiles>;

export const FileReference = v.object({ file_id: Id });
