/**
 * The hot path of polls: caches responses by token and address, and sends them again while the
 * board, the permissions and the sign-in behind them are unchanged. Every other request goes to the
 * router.
 *
 * @module
 */
import type { Context } from 'hono';
import type { Rates } from '../access/rates.ts';
import type { Rights } from '../access/rights.ts';
import type { SignIn, SignIns } from '../access/sign-ins.ts';
import { Kept } from '../memory/kept.ts';
import type { Board } from '../progress/board.ts';
import { matches } from './conditional.ts';
import type { Load } from './load.ts';
import { type RequestEntry, routeOf } from './request-log.ts';
import { Ready } from './ready.ts';
import { requestIdOf } from './request-id.ts';
import type { Env } from './services.ts';
import type { StatusAnswer } from './status-answer.ts';

export interface ReadyOptions {
  readonly board: Board;
  readonly rights: Rights;
  readonly signIns: SignIns;
  readonly rates: Rates;
  readonly load: Load;
  /** True if responses depend on the origin of the requesting page (CORS). */
  readonly varyByOrigin: boolean;
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
  /** Total size of all cached responses, bytes. @default 96 MiB */
  readonly maxBytes?: number | undefined;
  /** Responses idle for this long are evicted, milliseconds. @default 40_000 */
  readonly forgetMs?: number | undefined;
}

/** The routes' result for a request. */
interface Offer {
  readonly answer: StatusAnswer;
  readonly signIn: SignIn;
  readonly route: string;
}

const MAX_BYTES = 96 * 1024 * 1024;

export class ReadyAnswers {
  readonly #options: ReadyOptions;
  readonly #offers = new WeakMap<Request, Offer>();
  readonly #kept: Kept<Ready, Ready>;
  readonly #forgetMs: number;

  constructor(options: ReadyOptions) {
    this.#options = options;
    this.#forgetMs = options.forgetMs ?? 40_000;
    this.#kept = new Kept(options.maxBytes ?? MAX_BYTES, (ready) => ready.forgotten());
    options.board.onTick(() => this.#sweep());
    options.rights.onConfirmed(() => this.#sweep());
  }

  get size(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#kept.bytes;
  }

  /** Offers the routes' result for caching, if the request was signed in with a token. */
  offer(c: Context<Env>, answer: StatusAnswer): void {
    const signIn = c.get('signIn');
    if (signIn) this.#offers.set(c.req.raw, { answer, signIn, route: routeOf(c) });
  }

  /** Caches the router's response to an offered poll. */
  keep(request: Request, response: Response): void {
    const offer = this.#offers.get(request);
    if (!offer || (response.status !== 200 && response.status !== 304)) return;
    const { board } = this.#options;
    if (!offer.answer.isCurrent || !offer.answer.entries.every((entry) => board.has(entry))) return;
    const key = this.#keyOf(request);
    offer.signIn.held.get(key)?.forgotten();
    const ready = new Ready({
      ...offer,
      key,
      headers: response.headers,
      onForgotten: (gone) => this.#kept.delete(gone),
    });
    this.#weigh(ready);
  }

  /** Returns the cached response; null for requests that need the router. */
  answer(request: Request): Response | null {
    const { board, rights, rates, load, onRequest } = this.#options;
    if (!board.trusted || !rights.trusted || request.method !== 'GET') return null;
    const { headers } = request;
    // `has` comes first: it copies all headers out of the server in one call. The copy is made
    // anyway once any header was read; until then each `get` is a call of its own.
    if (headers.has('prefer')) return null;
    const signIn = this.#signInOf(headers);
    const ready = signIn?.held.get(this.#keyOf(request));
    if (!(ready instanceof Ready)) return null;
    if (!rates.takePoll(ready.signIn.actor.id)) return null;
    load.answered(0);
    if (ready.prepare(load.factor())) this.#weigh(ready);
    const known = headers.get('if-none-match');
    const status = known !== null && matches(known, ready.etag) ? 304 : 200;
    const requestId = requestIdOf(headers.get('x-request-id'));
    onRequest?.(ready.entryFor(requestId, status));
    return ready.respond(status, requestId);
  }

  #signInOf(headers: Headers): SignIn | null {
    return this.#options.signIns.recall(headers.get('authorization'), () => headers.get('cookie'));
  }

  /** Cache key within a sign-in: the address, the forwarded scheme and, with CORS, the origin. */
  #keyOf({ url, headers }: Request): string {
    const scheme = headers.get('x-forwarded-proto');
    const origin = this.#options.varyByOrigin ? headers.get('origin') : null;
    return scheme === null && origin === null ? url : `${url} ${scheme} ${origin}`;
  }

  #weigh(ready: Ready): void {
    this.#kept.set(ready, ready, ready.bytes);
  }

  /** Evicts idle responses, and responses that the actor may no longer read. */
  #sweep(): void {
    const now = performance.now();
    for (const ready of [...this.#kept.values()]) {
      const { answer, signIn, asked } = ready;
      if (asked) ready.askedAt = now;
      ready.asked = false;
      if (now - ready.askedAt > this.#forgetMs || !this.#isAllowed(answer, signIn, asked)) {
        ready.forgotten();
      } else if (asked) this.#options.board.touch(answer.entries);
    }
  }

  /**
   * Checks access from cached permissions; false, which leaves it to the router, if these are
   * incomplete.
   */
  #isAllowed({ judged, readable }: StatusAnswer, { actor }: SignIn, asked: boolean): boolean {
    const { rights } = this.#options;
    const others = judged.filter((session) => !rights.isPlain(actor, session));
    const granted = rights.recall(actor, others.map(({ id }) => id), asked);
    return granted !== null &&
      granted.length === others.filter(({ id }) => readable.has(id)).length &&
      granted.every((id) => readable.has(id));
  }
}
