/**
 * Builds the host app: a single-page app that any static file server can serve.
 *
 * @module
 */
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { withExternalBoot, withoutAnnouncerStyle } from './strict-csp.ts';

const output = { pages: 'build', fallback: 'index.html' };

export default defineConfig({
  plugins: [
    withoutAnnouncerStyle(),
    sveltekit({
      adapter: withExternalBoot(adapter(output), output),
      alias: { $lib: 'src/lib' },
    }),
  ],
});
