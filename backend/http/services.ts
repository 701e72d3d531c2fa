/**
 * Dependencies of the routes.
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
  /** Live status of polled sessions, and their readers. */
  readonly board: Board;
  readonly rights: Rights;
  /** Notifies that this process changed the access to knowledge bases. */
  readonly accessChanged: () => void;
  /** Verified-token cache for polls; null where no tokens of the app are used. */
  readonly signIns: SignIns | null;
  readonly ready: ReadyAnswers | null;
  /** Deadlines of long polls. */
  readonly wheel: Wheel;
  /** Analysis service for files and addresses, where one is set up. */
  readonly analysis?: Analysis | null | undefined;
  /** Notifications of finished work. */
  readonly telling: Pick<Telling, 'targets' | 'mails'>;
  /** Transcription service for recordings, where one is set up. */
  readonly transcription?: Transcription | null | undefined;
  /** Jobs of the app's own. */
  readonly kinds: JobKindsByName;
  readonly authenticate: Authenticate;
  /** True if every request comes from the one local user. */
  readonly localOnly: boolean;
  /** True if roles come from the app's table `user`, and not from the request. */
  readonly rolesInTable: boolean;
  /** The app's own access rule. */
  readonly authorize?: Authorize | undefined;
  /** Origins of other sites whose pages may call the API. */
  readonly allowedOrigins: readonly string[];
  readonly rates: Rates;
  /** Limit of concurrent uploads. */
  readonly uploadSlots: Slots;
  /** Time without a byte that ends the request of an upload, milliseconds. */
  readonly uploadIdleMs: number;
  readonly maxUploadBytes: number;
  readonly maxUserBytes: MaxUserBytes;
  readonly maxSessionFiles: number;
  readonly staleSeconds: number;
  /** Incompatibilities with this version of the app's tables. */
  readonly hostWarnings: readonly string[];
  /** Receives unexpected errors. */
  readonly log: (message: string, fields?: { readonly request_id: string }) => void;
  /** Called for every request. */
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
}

/** The actor as sessions record it. */
export function askerOf(
  { rolesInTable }: Pick<Services, 'rolesInTable'>,
  { id, role }: Actor,
): { readonly userId: string; readonly userRole: string | null } {
  return { userId: id, userRole: rolesInTable ? null : role };
}

/** Status of the external services that this process calls. */
export function remoteStatuses({ analysis, transcription }: Services): RemoteStatus[] {
  return [analysis, transcription].flatMap((each) => each ? [each.service.status] : []);
}

/** State of a request on its way through the routes. */
export interface Env {
  Variables: { actor: Actor; requestId: string; signIn?: SignIn };
}
