/**
 * Takes the inline script and the inline style out of what SvelteKit builds, so that pages run under
 * a Content-Security-Policy of `default-src 'self'`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter } from '@sveltejs/kit';
import type { Plugin } from 'vite';

export interface ExternalBootOptions {
  /** Folder the wrapped adapter writes to. */
  pages: string;
  /** Page whose inline script is moved. */
  fallback: string;
}

const INLINE_SCRIPT = /<script>([\s\S]*?)<\/script>/;

/** Wraps an adapter; after it has run, the fallback page holds no inline script any more. */
export function withExternalBoot(adapter: Adapter, options: ExternalBootOptions): Adapter {
  return {
    ...adapter,
    async adapt(builder) {
      await adapter.adapt(builder);
      await moveInlineScript(options);
    },
  };
}

async function moveInlineScript({ pages, fallback }: ExternalBootOptions): Promise<void> {
  const page = join(pages, fallback);
  const html = await readFile(page, 'utf8');
  const script = INLINE_SCRIPT.exec(html)?.[1];
  if (script === undefined) throw new Error(`No inline boot script found in: ${page}`);
  const hash = createHash('sha256').update(script).digest('hex').slice(0, 10);
  const name = `_app/immutable/boot.${hash}.js`;
  await writeFile(join(pages, name), script);
  // A function, because `$` in a replacement string has a meaning of its own.
  await writeFile(page, html.replace(INLINE_SCRIPT, () => `<script src="/${name}"></script>`));
}

/** The style attribute of the element that announces a new page; `app.css` has it instead. */
const ANNOUNCER_STYLE = /(id="svelte-announcer"[^>]*?)\sstyle="[^"]*"/;

/** Leaves the style attribute of SvelteKit's page announcer out. */
export function withoutAnnouncerStyle(): Plugin {
  return {
    name: 'headway:without-announcer-style',
    enforce: 'pre',
    transform: {
      filter: { id: /kit\/src\/runtime\/components\/root\.svelte$/ },
      handler: (code) => ({ code: code.replace(ANNOUNCER_STYLE, '$1'), map: null }),
    },
  };
}
