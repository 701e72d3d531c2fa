/** The board on a database that a test decides. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Board, type BoardOptions, type Entry } from '../../../backend/progress/board.ts';
import type { SessionRead, Wanted } from '../../../backend/progress/read.ts';

/** What is written, what is asked, and whether it answers. */
class FakeSource {
  readonly rows = new Map<string, SessionRead>();
  readonly asked: string[] = [];
  down = false;
  silent = false;
  board: Board | null = null;

  write(id: string, progress = 0, more: Partial<SessionRead> = {}, heard = true): void {
    const version = `${Number(this.rows.get(id)?.version ?? 0) + 1}`;
    this.rows.set(id, { ...sessionRead(id, progress), version, ...more });
    if (heard && !this.silent) this.board?.heard(id);
  }

  read(wanted: readonly Wanted[]): Promise<(SessionRead | null)[]> {
    return this.#answer('read', wanted, (id) => this.rows.get(id) ?? null);
  }

  versions(wanted: readonly Wanted[]): Promise<(string | null)[]> {
    return this.#answer('versions', wanted, (id) => this.rows.get(id)?.version ?? null);
  }

  say(payload: string): Promise<void> {
    this.asked.push('say');
    if (!this.silent) setTimeout(() => this.board?.heard(payload), 1);
    return this.down ? Promise.reject(new Error('down')) : Promise.resolve();
  }

  async #answer<T>(what: string, wanted: readonly Wanted[], of: (id: string) => T): Promise<T[]> {
    this.asked.push(`${what} ${wanted.map(({ id }) => id).sort().join()}`);
    const answers = wanted.map(({ id }) => of(id));
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (this.down) throw new Error('down');
    return answers;
  }
}

function sessionRead(id: string, progress: number): SessionRead {
  const status = { session_id: id, status: 'processing', progress, queue_position: null };
  return {
    status: status as SessionRead['status'],
    outlook: { status: 'processing', etaSeconds: null, workSeconds: null },
    ownerId: 'ada',
    version: '1',
    freshSeconds: 300,
  };
}

let source: FakeSource;
let board: Board;
beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  });
  source = new FakeSource();
  board = openBoard();
});
afterEach(() => {
  board.stop();
  vi.useRealTimers();
});

function openBoard(options: BoardOptions = {}): Board {
  const opened = new Board(source, { looks: 0, ...options });
  source.board = opened;
  opened.listening();
  return opened;
}

const want = (id: string): Wanted => ({ id, files: false });
const progressOf = (entry: Entry | undefined) => entry?.snapshot?.read.status.progress;
/** Asks while the clock goes on. */
async function read(...ids: string[]): Promise<Entry[]> {
  const reading = board.read(ids.map(want));
  reading.catch(() => {});
  await vi.advanceTimersByTimeAsync(50);
  return await reading;
}

describe('Board', () => {
  test('reads a session once, whoever asks how often', async () => {
    source.write('a', 10);
    const [first] = await read('a');
    for (let round = 0; round < 5; round++) expect(await read('a')).toEqual([first]);
    expect(progressOf(first)).toBe(10);
    expect(source.asked).toEqual(['read a']);
  });

  test('as long as few ask, it looks for itself; many cost no more than one', async () => {
    board.stop();
    board = openBoard({ looks: 3 });
    source.write('a');
    await read('a');
    source.write('a', 10, {}, false);
    expect(progressOf((await read('a'))[0])).toBe(10);
    source.asked.length = 0;
    for (let round = 0; round < 20; round++) await read('a');
    // A second has passed: one look of its own, one of the clock's.
    expect(source.asked.length).toBeLessThanOrEqual(2 + 1 + 1);
  });

  test('those who ask at the same time share one statement', async () => {
    for (const id of ['a', 'b', 'c']) source.write(id);
    await Promise.all([read('a'), read('b', 'c'), read('c', 'a', 'none')]);
    expect(source.asked.length).toBeLessThanOrEqual(2);
    expect((await read('none'))[0]?.snapshot).toBeNull();
  });

  test('has what it heard of soon after, all of it by one statement, and tells followers', async () => {
    for (const id of ['a', 'b', 'c']) source.write(id);
    const entries = await read('a', 'b', 'c');
    const told: string[] = [];
    for (const { id, followers } of entries) {
      followers.add({ changed: () => told.push(id), forgotten: () => {} });
    }
    source.asked.length = 0;
    for (const id of ['a', 'b', 'a', 'elsewhere']) source.write(id, 50);
    await vi.advanceTimersByTimeAsync(30);
    expect(entries.map(progressOf)).toEqual([50, 50, 0]);
    expect(source.asked).toEqual(['read a,b']);
    expect(told.sort()).toEqual(['a', 'b']);
    // Written, and the same to everybody.
    source.write('a', 50);
    await vi.advanceTimersByTimeAsync(30);
    expect(told).toHaveLength(2);
  });

  test('finds what it did not hear of, with one statement a second for all', async () => {
    for (const id of ['a', 'b']) source.write(id);
    const entries = await read('a', 'b');
    source.asked.length = 0;
    await vi.advanceTimersByTimeAsync(3_100);
    expect(source.asked.length).toBeGreaterThanOrEqual(2);
    expect(source.asked.length).toBeLessThanOrEqual(4);
    expect(new Set(source.asked)).toEqual(new Set(['versions a,b']));
    source.write('b', 70, {}, false);
    await vi.advanceTimersByTimeAsync(1_300);
    expect(progressOf(entries[1])).toBe(70);
  });

  test('while it hears nothing it looks, and after that it looks at everything before it tells', async () => {
    source.write('a');
    await read('a');
    board.deaf();
    source.write('a', 20, {}, false);
    expect(progressOf((await read('a'))[0])).toBe(20);
    source.write('a', 30, {}, false);
    board.listening();
    expect(board.trusted).toBe(false);
    expect(progressOf((await read('a'))[0])).toBe(30);
    expect(board.trusted).toBe(true);
  });

  test('without the database it tells nobody what may not be so any more', async () => {
    source.write('a');
    await read('a');
    source.down = true;
    board.deaf();
    await expect(read('a')).rejects.toThrow('down');
    source.down = false;
    expect((await read('a'))[0]?.snapshot).not.toBeNull();
  });

  test('a statement that fails is no news; whoever asks next waits for one that does not', async () => {
    source.write('a');
    await read('a');
    source.down = true;
    source.write('a', 60);
    await vi.advanceTimersByTimeAsync(100);
    expect(board.trusted).toBe(false);
    source.down = false;
    expect(progressOf((await read('a'))[0])).toBe(60);
  });

  test('after a change of its own it waits for the news of it', async () => {
    source.write('a');
    await read('a');
    source.silent = true;
    board.doubt();
    expect(board.trusted).toBe(false);
    source.write('a', 80, {}, false);
    const reading = board.read([want('a')]);
    // The mark does not come through: it looks itself.
    await vi.advanceTimersByTimeAsync(1_100);
    expect(progressOf((await reading)[0])).toBe(80);
    source.silent = false;
    source.asked.length = 0;
    board.doubt();
    source.write('a', 90);
    expect(progressOf((await read('a'))[0])).toBe(90);
    expect(source.asked).toContain('say');
    expect(board.trusted).toBe(true);
  });

  test('reads again when a session becomes stale with nobody writing', async () => {
    source.write('a', 0, { freshSeconds: 2 });
    const [entry] = await read('a');
    const stale = { ...sessionRead('a', 0), freshSeconds: -1 };
    source.rows.set('a', { ...stale, status: { ...stale.status, stale: true } });
    await vi.advanceTimersByTimeAsync(2_400);
    expect(entry?.snapshot?.read.status.stale).toBe(true);
    source.asked.length = 0;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(source.asked.filter((each) => each.startsWith('read'))).toEqual([]);
  });

  test('places in the queue follow what happens to others', async () => {
    const waiting = sessionRead('a', 0);
    const place = (at: number) => ({ status: { ...waiting.status, queue_position: at } });
    source.write('a', 0, place(3));
    const [entry] = await read('a');
    await vi.advanceTimersByTimeAsync(1_000);
    source.rows.set('a', { ...source.rows.get('a')!, ...place(2) });
    board.heard('another');
    await vi.advanceTimersByTimeAsync(800);
    expect(entry?.snapshot?.read.status.queue_position).toBe(2);
  });

  test('forgets what nobody asks for, and then runs no timer', async () => {
    source.write('a');
    const [entry] = await read('a', 'none');
    const follower = { changed: () => {}, forgotten: () => {} };
    entry!.followers.add(follower);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(board.size).toBe(1);
    entry!.followers.delete(follower);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([board.size, board.bytes, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });

  test('keeps to its bytes, tells who followed, and answers all the same', async () => {
    board.stop();
    board = openBoard({ maxBytes: 4_096 });
    const ids = Array.from({ length: 20 }, (_, at) => `s${at}`);
    for (const id of ids) source.write(id, 1);
    const forgotten: string[] = [];
    const [first] = await read('s0');
    first!.followers.add({ changed: () => {}, forgotten: () => forgotten.push('s0') });
    const entries = await read(...ids);
    expect(entries.map(progressOf)).toEqual(ids.map(() => 1));
    expect(board.bytes).toBeLessThanOrEqual(4_096);
    expect(board.size).toBeLessThan(10);
    expect(forgotten).toEqual(['s0']);
    expect(board.has(first!)).toBe(false);
  });
});
