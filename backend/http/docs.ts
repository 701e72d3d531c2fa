/**
 * The Swagger UI page of the API, served from the installed package: it works without a network.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import type { Context } from 'hono';
import type { Env } from './services.ts';

const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
};

const require = createRequire(import.meta.url);

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Headway API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<main id="api"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true });\n`;

export function sendDocsPage(c: Context<Env>): Response {
  return c.html(PAGE, 200, {
    'content-security-policy':
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  });
}

/** One file of the page. Throws {@link AppError} `not_found` for any other name. */
export async function sendDocsAsset(c: Context<Env>, name: string): Promise<Response> {
  if (name === 'start.js') return c.body(START, 200, { 'content-type': 'text/javascript' });
  const type = ASSETS[name];
  if (!type) throw new AppError('not_found', message('no_route', { path: c.req.path }));
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'public, max-age=86400',
  };
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  const file = await Deno.open(require.resolve(`swagger-ui-dist/${name}`));
  return c.body(file.readable, 200, headers);
}
