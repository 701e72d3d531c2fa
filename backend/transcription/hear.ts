/**
 * Recognition of one segment by the service, with retries.
 *
 * @module
 */
import { type Message, message } from '#contract/messages/catalogue.ts';
import type { MessageDetails } from '#contract/messages/shape.ts';
import { ProcessingError } from '../processing/processor.ts';
import { Held } from '../remote/held.ts';
import { RemoteError, type RemoteFailure } from '../remote/remote-error.ts';
import type { Phrase } from './phrases.ts';
import type { Transcription } from './transcription.ts';

/** The sound of a segment and its place in the recording, seconds. */
export interface Sound {
  readonly start: number;
  readonly end: number;
  /** 16 kHz mono, base64. */
  readonly wav: string;
}

/** Maximum responses that report a failure of this sound, after which the segment fails. */
const MOST_ANSWERS = 4;
/** Pause after a failure without `Retry-After`. */
const PAUSE_SECONDS = 2;
/** Status of a gateway whose service is away: no statement about the sound. */
const GATEWAY = [429, 502, 503, 504];

/**
 * Recognises a segment. During an outage it waits for a short while; `onOutage` receives the
 * message for users, and null at the end of the outage. Throws {@link Held} if the service stays
 * away, or {@link ProcessingError}: `service_refused` for a permanent refusal,
 * `service_unavailable` for repeated failures on this segment.
 */
export async function hear(
  { client, service, patienceMs }: Transcription,
  sound: Sound,
  { language, signal, onOutage }: {
    readonly language: string | null;
    readonly signal: AbortSignal;
    readonly onOutage: (reason: MessageDetails | null) => void;
  },
): Promise<Phrase[]> {
  const begunAt = performance.now();
  let answers = 0;
  const onFailure = ({ status }: RemoteError) => {
    if (status !== null && !GATEWAY.includes(status)) answers++;
  };
  const wav = Uint8Array.fromBase64(sound.wav);
  while (true) {
    try {
      const phrases = await client.transcribe({ wav, language, signal, onFailure });
      onOutage(null);
      return phrases;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (!error.passing) throw refused(sound, error);
      const seconds = error.retryAfterSeconds ?? PAUSE_SECONDS;
      const isPatient = performance.now() - begunAt + seconds * 1000 <= patienceMs;
      if (answers >= MOST_ANSWERS || (answers > 0 && !isPatient)) throw failing(sound, error);
      const reason = outage(service.name, error.failure);
      if (!isPatient) throw new Held(reason, seconds, { cause: error });
      onOutage(waitFor(reason, seconds));
      await pause(seconds * 1000, signal);
    }
  }
}

/**
 * Reason and pause of a job that needs the service during an outage; null if there is no outage.
 */
export function heldByOutage({ service }: Transcription): Held | null {
  const seconds = service.restSeconds;
  if (seconds <= 0) return null;
  return new Held(outage(service.name, 'outage'), seconds);
}

const outage = (service: string, failure: RemoteFailure): Message =>
  message(failure === 'busy' ? 'service_busy' : 'service_away', { service });

const waitFor = (reason: MessageDetails, seconds: number): Message =>
  message('service_wait', { reason, seconds: Math.ceil(seconds) });

function refused(sound: Sound, error: RemoteError): ProcessingError {
  const isAboutKey = error.status === 401 || error.status === 403;
  const reason = isAboutKey ? error.reason : at(sound, error);
  return new ProcessingError('service_refused', reason, { cause: error });
}

function failing(sound: Sound, error: RemoteError): ProcessingError {
  return new ProcessingError('service_unavailable', at(sound, error), { cause: error });
}

const at = ({ start, end }: Sound, { reason }: RemoteError): Message =>
  message('at_segment', { reason, start, end });

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
