/** A slot whose takes, runs, preemptions and stop meet in every order. */
import { text } from '../../../backend/contract/messages/catalogue.ts';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { ConnectionLost } from '../../../backend/database/error-code.ts';
import type { QueuedJob } from '../../../backend/queue/boss.ts';
import { Interrupted } from '../../../backend/queue/run-context.ts';
import { Slot, type SlotSignals, type SlotWork } from '../../../backend/queue/slot.ts';

const jobOf = (id: string, priority: number): QueuedJob => ({
  id,
  priority,
  retryCount: 0,
  retryLimit: 4,
});

/** A queue and runs whose every step waits for `step`. */
function standInWork(step: (name: string) => Promise<void>) {
  const waiting: QueuedJob[] = [];
  const taken: string[] = [];
  const ended: string[] = [];
  const handedBack: string[] = [];
  const log: string[] = [];
  const state = { running: 0, most: 0, waitsForService: false, takeFails: false, paused: false };
  const work: SlotWork = {
    log: (message) => void log.push(message),
    async take(above = -Infinity) {
      await step('take');
      if (state.takeFails) {
        state.takeFails = false;
        throw new Error('The queue is away');
      }
      const [next] = waiting.filter(({ priority }) => priority > above)
        .toSorted((a, b) => b.priority - a.priority);
      if (!next || state.paused) return null;
      waiting.splice(waiting.indexOf(next), 1);
      taken.push(next.id);
      await step('taken');
      return next;
    },
    async handBack({ id }) {
      await step('handing back');
      handedBack.push(id);
    },
    async run(job, { giveWay, stop, onlyWaits }: SlotSignals) {
      let working = true;
      state.most = Math.max(state.most, ++state.running);
      try {
        await step('running');
        if (state.waitsForService) {
          state.waitsForService = false;
          working = false;
          state.running--;
          onlyWaits();
          await step('waiting for a service');
        }
        if (!giveWay.aborted && !stop.aborted) await step('running on');
      } finally {
        if (working) state.running--;
        ended.push(job.id);
      }
    },
    async nameOf({ id }) {
      await step('name');
      return id;
    },
    onIdle: () => {},
    close: () => Promise.resolve(),
  };
  return { work, waiting, taken, ended, handedBack, log, state };
}

const ACTIONS = ['job', 'urgent job', 'preempt', 'wait', 'fail', 'pause', 'go on'] as const;

test('Slot: no job that was taken is dropped, run twice, or run beside another', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom(...ACTIONS), { minLength: 1, maxLength: 14 }),
      async (scheduler, actions) => {
        const step = (name: string) => scheduler.schedule(Promise.resolve(), name);
        const { work, waiting, taken, ended, handedBack, state } = standInWork(step);
        const stopping = new AbortController();
        const slot = new Slot(work, stopping.signal);
        const act = async (action: typeof ACTIONS[number], at: number) => {
          if (action === 'wait') state.waitsForService = true;
          if (action === 'fail') state.takeFails = true;
          if (action === 'pause' || action === 'go on') state.paused = action === 'pause';
          if (action === 'job') waiting.push(jobOf(`${at}`, 0));
          if (action === 'urgent job') waiting.push(jobOf(`${at}`, 2));
          slot.wake.notify();
          if (!slot.idle && slot.priority !== null) await slot.giveWay().catch(() => {});
        };
        const acting = Promise.all(
          actions.map((action, at) => step(action).then(() => act(action, at))),
        );
        const stop = step('stop').then(() => stopping.abort(new Interrupted(text('the stop'))));
        await scheduler.waitFor(Promise.all([slot.run(), acting, stop]));
        expect([...ended, ...handedBack].toSorted()).toEqual(taken.toSorted());
        expect(state.most).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('Slot: a job reserved by a preemption runs next, were the run over by then', async () => {
  const steps: { name: string; go: () => void }[] = [];
  const step = (name: string) => new Promise<void>((resolve) => steps.push({ name, go: resolve }));
  const go = async (name: string) => {
    const find = () => steps.findIndex((one) => one.name === name);
    for (let turns = 0; turns < 50 && find() < 0; turns++) await Promise.resolve();
    expect(steps.map((one) => one.name)).toContain(name);
    steps.splice(find(), 1)[0]!.go();
  };
  const { work, waiting, taken, ended } = standInWork(step);
  const stopping = new AbortController();
  const slot = new Slot(work, stopping.signal);
  waiting.push(jobOf('first', 0));
  const running = slot.run();
  for (const name of ['take', 'taken', 'running']) await go(name);
  waiting.push(jobOf('other', 0), jobOf('urgent', 2));
  const preempting = slot.giveWay();
  await go('take');
  await go('running on');
  await go('taken');
  await preempting;
  for (const name of ['running', 'running on']) await go(name);
  expect(taken).toEqual(['first', 'urgent']);
  expect(ended).toEqual(['first', 'urgent']);
  stopping.abort(new Interrupted(text('the end of the test')));
  await running;
  expect(waiting.map(({ id }) => id)).toEqual(['other']);
});

test('Slot: its pulse is each look that ended or found the database away, none while it runs', async () => {
  const idle = standInWork(() => Promise.resolve()).work;
  const takes: (() => Promise<QueuedJob | null>)[] = [];
  const pulses: (number | null)[] = [];
  const running = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const slot = new Slot({
    ...idle,
    take: () => {
      pulses.push(slot.pulse);
      return takes.shift()!();
    },
    run: () => {
      pulses.push(slot.pulse);
      running.resolve();
      return Promise.resolve();
    },
  }, stopping.signal);
  takes.push(
    () => Promise.resolve(null),
    () => Promise.reject(new ConnectionLost('It is away')),
    () => Promise.reject(new Error('It waited too long for a lock')),
    () => Promise.resolve(jobOf('one', 0)),
    () => {
      stopping.abort(new Interrupted(text('the end of the test')));
      return Promise.resolve(null);
    },
  );
  const ended = slot.run();
  for (let looks = 1; looks < 4; looks++) {
    await vi.waitFor(() => expect(pulses).toHaveLength(looks));
    slot.wake.notify();
  }
  await running.promise;
  await ended;
  expect(pulses).toEqual([0, 1, 2, 2, null, 3]);
});
