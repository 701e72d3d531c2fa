/**
 * What the routes work with.
 *
 * @module
 */
import type { RemoteStatus } from '#contract/remote.ts';
import type { Actor, Authenticate } from '../access/actor.ts';
import type { Authorize } from '../access/permissions.ts';
import type { MaxUserBytes } from '../access/quota.ts';
import type { Rates } from '../access/rates.ts';
import type { Rights } from '../access/rights.ts';
import type { Slots } from '../access/slots.ts';
import type { SignIn, SignIns } from '../access/sign-ins.ts';
import type { Analysis } from '../analysis/analysis.ts';
import type { Database } from '../database/connection.ts';
import type { Board } from '../progress/board.ts';
import type { Control } from '../queue/control.ts';
import type { JobKindsByName } from '../queue/job-kind.ts';
import type { Queue } from '../queue/boss.ts';
import type { Telling } from '../telling/telling.ts';
import type { Transcription } from '../transcription/transcription.ts';
import type { Storage } from '../uploads/storage.ts';
import type { RequestEntry } from './request-log.ts';
import type { Load } from './load.ts';
import type { ReadyAnswers } from './ready-answers.ts';
import type { Resumable } from './resumable.ts';
import type { Wheel } from './wheel.ts';

export interface Services {
  readonly db: Database;
  /** Free space of the database's disk where that is full, such as `3 MB`; null otherwise. */
  readonly fullDisk: () => Promise<string | null>;
  /** Why the embedded database does not run; null where that is not known. */
  readonly databaseTrouble: () => Promise<string | null>;
  readonly queue: Queue;
  readonly control: Control;
  readonly storage: Storage;
  readonly uploads: Resumable;
  readonly load: Load;
  /** Sessions that are being asked for, and who may read which of them. */
  readonly board: Board;
  readonly rights: Rights;
  /** Hears that who may see what was changed through this process. */
  readonly accessChanged: () => void;
  /** Sign-ins of people who poll; null where nobody signs in with a token of the app's. */
  readonly signIns: SignIns | null;
  readonly ready: ReadyAnswers | null;
  /** Deadlines of polls that wait. */
  readonly wheel: Wheel;
  /** A service that analyses files and addresses, where one is set up. */
  readonly analysis?: Analysis | null | undefined;
  /** Who is told of what has ended. */
  readonly telling: Pick<Telling, 'targets' | 'mails'>;
  /** A service that transcribes recordings, where one is set up. */
  readonly transcription?: Transcription | null | undefined;
  /** Jobs of the app's own. */
  readonly kinds: JobKindsByName;
  readonly authenticate: Authenticate;
  /** Whether everyone is the one local user. */
  readonly localOnly: boolean;
  /** Whether the role of a person is that of the app's table `user`, and not of the request. */
  readonly rolesInTable: boolean;
  /** An app's own rule of who may see what. */
  readonly authorize?: Authorize | undefined;
  /** Origins of other sites whose pages may call the API. */
  readonly allowedOrigins: readonly string[];
  readonly rates: Rates;
  /** Uploads that run at once. */
  readonly uploadSlots: Slots;
  /** Silence of a sender that ends the request of its upload. */
  readonly uploadIdleMs: number;
  readonly maxUploadBytes: number;
  readonly maxUserBytes: MaxUserBytes;
  readonly maxSessionFiles: number;
  readonly staleSeconds: number;
  /** What may not work with this version of the app's tables. */
  readonly hostWarnings: readonly string[];
  /** Hears of errors that nobody expected. */
  readonly log: (message: string, fields?: { readonly request_id: string }) => void;
  /** Hears of every request. */
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
}

/** Who asks, as sessions have it. */
export function askerOf(
  { rolesInTable }: Pick<Services, 'rolesInTable'>,
  { id, role }: Actor,
): { readonly userId: string; readonly userRole: string | null } {
  return { userId: id, userRole: rolesInTable ? null : role };
}

/** How the services of others that this process asks are doing. */
export function remoteStatuses({ analysis, transcription }: Services): RemoteStatus[] {
  return [analysis, transcription].flatMap((each) => each ? [each.service.status] : []);
}

/** What is known of a request on its way through the routes. */
export interface Env {
  Variables: { actor: Actor; requestId: string; signIn?: SignIn };
}
