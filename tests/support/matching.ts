/**
 * Test files by a pattern: a part of their path, or of the name of a test in them.
 *
 * @module
 */
import ts from 'typescript';

export interface TestFile {
  /** Relative to the root of the project. */
  readonly path: string;
  readonly code: string;
}

export type Project = 'unit' | 'database' | 'e2e';

export interface Match {
  readonly path: string;
  readonly project: Project;
  /** The file matches by the names of some of its tests only. */
  readonly byName: boolean;
}

/** Files whose path, or the name of a test or group in which, contains `pattern` in any case. */
export function matching(files: readonly TestFile[], pattern: string): Match[] {
  const wanted = pattern.toLowerCase();
  const contains = (text: string) => text.toLowerCase().includes(wanted);
  return files.flatMap((file) => {
    const byPath = contains(file.path);
    if (!byPath && !testNames(file).some(contains)) return [];
    return { path: file.path, project: projectOf(file.path), byName: !byPath };
  });
}

/** As `vitest.config.ts` and `playwright.config.ts` divide them. */
function projectOf(path: string): Project {
  if (path.startsWith('tests/e2e/')) return 'e2e';
  return path.endsWith('.db.test.ts') ? 'database' : 'unit';
}

/**
 * Names as they stand in the code, each behind the names of its groups. An expression in a name is
 * left out.
 */
function testNames({ path, code }: TestFile): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node, groups: string) => {
    const name = ts.isCallExpression(node) && isTest(node.expression) && nameOf(node.arguments[0]);
    const full = name ? `${groups} ${name}`.trimStart() : groups;
    if (name) names.push(full);
    ts.forEachChild(node, (child) => visit(child, full));
  };
  visit(ts.createSourceFile(path, code, ts.ScriptTarget.Latest), '');
  return names;
}

/** `test(…)`, `describe.skip(…)`, `test.each(…)(…)`. */
function isTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return ['test', 'it', 'describe'].includes(callee.text);
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) {
    return isTest(callee.expression);
  }
  return false;
}

function nameOf(node: ts.Expression | undefined): string | null {
  if (!node) return null;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('');
}
