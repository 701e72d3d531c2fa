/**
 * A cached response to one poll.
 *
 * @module
 */
import type { Held, SignIn } from '../access/sign-ins.ts';
import type { Follower } from '../progress/board.ts';
import type { RequestEntry } from './request-log.ts';
import type { StatusAnswer } from './status-answer.ts';

interface ReadySource {
  readonly answer: StatusAnswer;
  readonly signIn: SignIn;
  /** Key in the sign-in's `held` map. */
  readonly key: string;
  /** The template of the route that answered. */
  readonly route: string;
  /** Headers of the router's response. */
  readonly headers: Headers;
  readonly onForgotten: (ready: Ready) => void;
}

/** Headers that differ between requests or between versions. */
const CHANGING = ['x-request-id', 'etag', 'retry-after', 'content-type', 'content-length'];
/** Estimated size of headers and bookkeeping, bytes. */
const BASE_BYTES = 3_000;

/**
 * Sends clones of one response: building one from its parts validates every header again, which
 * costs more than the rest of a poll. For the same reason the request's id is set on the original
 * before each clone: setting it on the clone would index its headers first.
 */
export class Ready implements Follower, Held {
  readonly answer: StatusAnswer;
  readonly signIn: SignIn;
  asked = true;
  askedAt = 0;
  etag = '';
  bytes = BASE_BYTES;
  readonly #source: ReadySource;
  readonly #headers: Readonly<Record<string, string>>;
  #load = NaN;
  #whole = new Response();
  #unchanged = new Response();

  constructor(source: ReadySource) {
    this.answer = source.answer;
    this.signIn = source.signIn;
    this.#source = source;
    const kept = [...source.headers].filter(([name]) => !CHANGING.includes(name));
    this.#headers = Object.fromEntries(kept);
    source.signIn.held.set(source.key, this);
    for (const { followers } of source.answer.entries) followers.add(this);
  }

  changed(): void {
    if (this.answer.isGone || !this.answer.isCurrent) this.forgotten();
    else this.#load = NaN;
  }

  forgotten(): void {
    const { signIn, key, answer, onForgotten } = this.#source;
    if (signIn.held.get(key) === this) signIn.held.delete(key);
    for (const { followers } of answer.entries) followers.delete(this);
    onForgotten(this);
  }

  /** Rebuilds the response if outdated. Returns true if its size may have changed. */
  prepare(load: number): boolean {
    this.asked = true;
    if (load === this.#load) return false;
    const { body, etag, retryAfter } = this.answer.compose(load);
    const headers = {
      ...this.#headers,
      ...(retryAfter !== null && { 'retry-after': `${retryAfter}` }),
      etag,
    };
    this.#load = load;
    this.etag = etag;
    this.bytes = BASE_BYTES + 2 * body.length;
    this.#whole = new Response(body, {
      headers: { ...headers, 'content-type': 'application/json' },
    });
    this.#unchanged = new Response(null, { status: 304, headers });
    return true;
  }

  respond(status: 200 | 304, requestId: string): Response {
    const original = status === 200 ? this.#whole : this.#unchanged;
    original.headers.set('x-request-id', requestId);
    return original.clone();
  }

  entryFor(requestId: string, status: 200 | 304): RequestEntry {
    return {
      request_id: requestId,
      method: 'GET',
      route: this.#source.route,
      status,
      // A cached response takes microseconds, and the numbers are rounded to a tenth.
      ms: 0,
      user_id: this.signIn.actor.id,
      code: null,
      poll: true,
    };
  }
}
