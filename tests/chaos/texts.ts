/**
 * The text that each file must have in the end.
 *
 * @module
 */
import { until } from '../support/processes.ts';
import { type Kind, KINDS, markOf } from './files.ts';
import { randomFrom } from './random.ts';
import { send } from './sender.ts';
import type { Stage } from './stage.ts';

/** The text of a file of each kind that was read undisturbed, with its mark. */
export type Texts = ReadonlyMap<Kind, { readonly mark: string; readonly text: string }>;

/** Sends the first files, one of each kind, and waits for their texts. */
export async function readUndisturbed(stage: Stage): Promise<Texts> {
  const random = randomFrom(1);
  const sent = [];
  for (let n = 0; n < KINDS.length; n++) {
    sent.push(await send(stage, n, random, AbortSignal.timeout(30_000)));
  }
  const texts = new Map<Kind, { mark: string; text: string }>();
  for (const { n, kind, id } of sent) {
    const text = await until(`the text of ${markOf(n)}.${kind}`, async () => {
      const [row] = await stage.sql`select data::text as data from file where id = ${id}`;
      const { status, content } = JSON.parse(row?.data ?? '{}');
      return status === 'completed' && content as string;
    }, { ms: 90_000, everyMs: 100 });
    if (kind !== 'wav' && !text.includes(markOf(n))) throw new Error(`No text of ${kind}: ${text}`);
    texts.set(kind, { mark: markOf(n), text });
  }
  return texts;
}

/** What the row of a file must hold. */
export function expectedText(texts: Texts, filename: string): string {
  const [mark = '', kind = ''] = filename.split('.');
  const known = texts.get(kind as Kind);
  if (!known) throw new Error(`A file of no kind: ${filename}`);
  return known.text.replaceAll(known.mark, mark);
}
