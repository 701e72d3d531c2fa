/**
 * What the routes work with.
 *
 * @module
 */
import type { Actor, Authenticate } from '../access/actor.ts';
import type { Database } from '../database/connection.ts';
import type { Control } from '../queue/control.ts';
import type { Queue } from '../queue/boss.ts';
import type { Storage } from '../uploads/storage.ts';
import type { Changes } from './changes.ts';

export interface Services {
  readonly db: Database;
  readonly queue: Queue;
  readonly control: Control;
  readonly storage: Storage;
  readonly changes: Changes;
  readonly authenticate: Authenticate;
  readonly maxUploadBytes: number;
  readonly staleSeconds: number;
  /** Hears of errors that nobody expected. */
  readonly log: (message: string) => void;
}

/** What is known of a request on its way through the routes. */
export interface Env {
  Variables: { actor: Actor; requestId: string };
}
