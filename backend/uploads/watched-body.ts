/**
 * Bodies of uploads with a limit on the sender's silence.
 *
 * @module
 */
import { AppError } from '#contract/error.ts';
import { message } from '#contract/messages/catalogue.ts';
import { chunkReader } from './larger-chunks.ts';
import { discardRest } from './rest-of-body.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface BodyWatch {
  /**
   * Silence of the sender that ends the body, milliseconds. Time without a reader does not count.
   */
  readonly idleMs: number;
  /** Ends the body at once. */
  readonly preempted: AbortSignal;
  /**
   * Effect of a broken or ended body: it fails, or it just ends, so that no byte is lost in the
   * streams behind it.
   */
  readonly onBreak: 'fail' | 'end';
  /** Called around each wait for the sender. */
  setWaiting(waiting: boolean): void;
}

export interface WatchedBody {
  readonly body: ReadableStream<Bytes>;
  /** Reason of an incomplete body; null for a complete one. */
  readonly reason: AppError | null;
  /** Drops the unread rest. Call it before the response is sent. */
  discard(): void;
}

/**
 * The same bytes in larger chunks, as long as they arrive; `upload_stalled` if the watch has ended
 * them.
 */
export function watchBody(source: ReadableStream<Bytes>, watch: BodyWatch): WatchedBody {
  const reader = chunkReader(source);
  let reason: AppError | null = null;
  const body = new ReadableStream<Bytes>({
    async pull(controller) {
      watch.setWaiting(true);
      try {
        const { value, done } = await unlessSilent(reader.read(), watch);
        if (done) controller.close();
        else controller.enqueue(value!);
      } catch (error) {
        reason = error instanceof AppError ? error : brokenOff(error);
        if (watch.onBreak === 'fail') controller.error(error);
        else controller.close();
      } finally {
        watch.setWaiting(false);
      }
    },
  }, { highWaterMark: 0 });
  return {
    body,
    get reason() {
      return reason;
    },
    discard: () => discardRest(reader),
  };
}

async function unlessSilent<T>(reading: Promise<T>, watch: BodyWatch): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const preempt = () => reject(preempted());
  if (watch.preempted.aborted) throw preempted();
  watch.preempted.addEventListener('abort', preempt, { once: true });
  const timer = setTimeout(() => reject(stalled(watch.idleMs)), watch.idleMs);
  try {
    return await Promise.race([reading, ended]);
  } finally {
    clearTimeout(timer);
    watch.preempted.removeEventListener('abort', preempt);
  }
}

function brokenOff(cause: unknown): AppError {
  return new AppError('unavailable', message('upload_request_ended'), {
    cause,
    retryAfterSeconds: 1,
  });
}

function stalled(idleMs: number): AppError {
  const seconds = Math.max(1, Math.round(idleMs / 1000));
  return new AppError('upload_stalled', message('upload_silent', { seconds }), {
    retryAfterSeconds: 1,
  });
}

function preempted(): AppError {
  return new AppError('upload_stalled', message('upload_preempted'), { retryAfterSeconds: 5 });
}
