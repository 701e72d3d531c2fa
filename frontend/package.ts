/**
 * Makes the package that other apps install: `frontend/dist`, checked by publint.
 *
 * @module
 */
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import root from '../package.json' with { type: 'json' };

const FRONTEND = fileURLToPath(new URL('.', import.meta.url));
const CONTRACT = join(FRONTEND, '../backend/contract');
const DIST = join(FRONTEND, 'dist');

const MANIFEST = {
  name: 'headway-svelte',
  version: root.version,
  description: root.description,
  license: root.license,
  type: 'module',
  sideEffects: ['**/*.css'],
  svelte: './index.js',
  types: './index.d.ts',
  exports: {
    '.': { types: './index.d.ts', svelte: './index.js', default: './index.js' },
    './utils/polling.js': {
      types: './utils/polling.d.ts',
      svelte: './utils/polling.js',
      default: './utils/polling.js',
    },
    './utils/progress-store.js': {
      types: './utils/progress-store.d.ts',
      svelte: './utils/progress-store.js',
      default: './utils/progress-store.js',
    },
    './theme.css': './theme.css',
  },
  dependencies: {
    '@lucide/svelte': root.devDependencies['@lucide/svelte'],
    '@tanstack/virtual-core': root.devDependencies['@tanstack/virtual-core'],
    marked: root.devDependencies.marked,
    valibot: root.dependencies.valibot,
  },
  peerDependencies: { svelte: '^5.0.0' },
};

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    await (isDirectory ? copyTree(source, target) : Deno.copyFile(source, target));
  }
}

/** An installed package has its own copy of the contract, and JavaScript where we had TypeScript. */
async function rewriteImports(folder: string, contract: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) {
      await rewriteImports(path, contract);
    } else if (/\.(ts|svelte)$/.test(name)) {
      const code = await Deno.readTextFile(path);
      const place = relative(dirname(path), contract);
      const prefix = place.startsWith('.') ? place : `./${place}`;
      const pointed = code.replaceAll(`'#contract/`, `'${prefix}/`);
      await Deno.writeTextFile(path, pointed.replace(/'(\.{1,2}\/[^']+)\.ts'/g, `'$1.js'`));
    }
  }
}

async function build(stage: string): Promise<void> {
  await copyTree(join(FRONTEND, 'src/lib'), stage);
  await copyTree(CONTRACT, join(stage, 'contract'));
  await rewriteImports(stage, join(stage, 'contract'));
  await Deno.remove(DIST, { recursive: true }).catch(() => {});
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '-A', 'npm:@sveltejs/package/svelte-package', '-i', stage, '-o', DIST],
    cwd: FRONTEND,
  }).spawn().status;
  if (code !== 0) throw new Error('svelte-package failed; see above');
  await Deno.writeTextFile(join(DIST, 'package.json'), `${JSON.stringify(MANIFEST, null, 2)}\n`);
}

const stage = await Deno.makeTempDir({ dir: FRONTEND, prefix: '.package-' });
try {
  await build(stage);
} finally {
  await Deno.remove(stage, { recursive: true });
}
const { messages, pkg } = await publint({ pkgDir: DIST, pack: false, strict: true });
for (const message of messages) console.error(formatMessage(message, pkg ?? {}));
if (messages.length > 0) Deno.exit(1);
console.log(`Packaged: ${DIST}`);
