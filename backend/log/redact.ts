/**
 * Takes secrets and people's texts out of what is to be logged.
 *
 * @module
 */

const HIDDEN = '[hidden]';

/** Shorter ones would hide half of every line. */
const SHORTEST_SECRET = 4;

/** What looks like a secret wherever it stands. */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // The database's driver quotes what a statement was given: names, ids, text of files.
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

/** Fields that hold a secret whatever it looks like. */
const SECRET_FIELD = /^(authorization|(set-)?cookie|.*(token|secret|password|api[_-]?key))$/i;

/** Makes a function that hides secrets in a value, as deep as it goes. */
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

/** As it is, and as it stands in an address, in JSON, and in what was inspected. */
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

/** The password in the address of a database, as it stands there and decoded. */
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
