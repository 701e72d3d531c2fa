/**
 * Redacts secrets and texts of users in log entries.
 *
 * @module
 */

const HIDDEN = '[hidden]';

/** Minimum length to redact: shorter values would hide half of every line. */
const SHORTEST_SECRET = 4;

/** Patterns of secrets, wherever they occur. */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // The database's driver quotes the parameters of a statement: names, ids, text of files.
  [/(\bFailed query: [\s\S]*?)\nparams:[\s\S]*?(?=\n {4}at \S|$)/g, `$1\nparams: ${HIDDEN}`],
  [/\b(set-cookie|cookie|authorization)(["']?\s*[:=]\s*)[^\n"']+/gi, `$1$2${HIDDEN}`],
  [/\b(bearer|basic|digest)\s+[^\s"',;]+/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, HIDDEN],
  [/\bwhsec_[\w+/=-]+/g, HIDDEN],
  [/\b([a-z][a-z\d+.-]*:\/\/[^\s/:@"']*):[^\s@/"']*@/gi, `$1:${HIDDEN}@`],
  [
    /\b((?:[a-z]+[_-])*(?:token|secret|password|passwd|api[_-]?key))(["']?\s*[=:]\s*["']?)[^\s"'&;,}]+/gi,
    `$1$2${HIDDEN}`,
  ],
];

/** Names of fields that always hold a secret. */
const SECRET_FIELD = /^(authorization|(set-)?cookie|.*(token|secret|password|api[_-]?key))$/i;

/** Creates a function that redacts secrets in a value, at any depth. */
export function createRedactor(secrets: readonly string[]): (value: unknown) => unknown {
  const hidden = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  const redactText = (text: string): string => {
    let clean = text;
    for (const secret of hidden) clean = clean.replaceAll(secret, HIDDEN);
    for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
    return clean;
  };
  const redact = (value: unknown): unknown => {
    if (typeof value === 'string') return redactText(value);
    if (Array.isArray(value)) return value.map(redact);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        redactText(key),
        SECRET_FIELD.test(key) ? HIDDEN : redact(inner),
      ]),
    );
  };
  return redact;
}

/** The secret as it is, and as it appears in a URL, in JSON and in inspected values. */
function formsOf(secret: string): string[] {
  const plain = secret.trim();
  const forms = [
    secret,
    plain,
    JSON.stringify(plain).slice(1, -1),
    Deno.inspect(plain).slice(1, -1),
  ];
  if (plain.isWellFormed()) forms.push(encodeURIComponent(plain));
  return forms.filter((form) => form.length >= SHORTEST_SECRET);
}

/** The password in the URL of a database, encoded as there and decoded. */
export function passwordsIn(url: string | null): string[] {
  const password = url === null ? '' : URL.parse(url)?.password ?? '';
  return password ? [password, decoded(password)] : [];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
