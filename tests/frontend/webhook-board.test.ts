import { describe, expect, it } from 'vitest';
import type { Delivery, Webhook } from '#contract/webhooks.ts';
import { createHeadwayClient } from '../../frontend/src/lib/api/client.ts';
import {
  countsOf,
  eventsOf,
  nextTry,
  storyOf,
} from '../../frontend/src/lib/components/webhooks/webhook-view.ts';
import { englishMessages, germanMessages } from '../../frontend/src/lib/messages/index.ts';
import { WebhookBoard } from '../../frontend/src/lib/state/webhook-board.svelte.ts';
import { answer, fakePage, problem, type ScriptedServer, serverOf } from './fakes.ts';

const NOW = 1_000_000;

const WEBHOOK: Webhook = {
  id: 'w1',
  url: 'https://hooks.example/',
  description: '',
  events: null,
  enabled: true,
  disabled_reason: null,
  pending: 0,
  delivered: 0,
  failed: 0,
  last_delivered_at: null,
  created_at: NOW,
  updated_at: NOW,
};

const DELIVERY: Delivery = {
  id: 'd1',
  event_id: 'msg_1',
  type: 'session.failed',
  state: 'pending',
  attempts: 0,
  failure: null,
  detail: null,
  response_status: null,
  created_at: NOW,
  next_at: NOW,
  ended_at: null,
};

function boardOn(server: ScriptedServer) {
  const client = createHeadwayClient({ fetch: server.fetch });
  const board = new WebhookBoard(client, { targets: fakePage() });
  board.start();
  return board;
}

/** Answers each call as a server with one webhook would. */
const oneWebhook = () =>
  serverOf((request: Request) => {
    const { pathname } = new URL(request.url);
    if (/deliveries$/.test(pathname)) return answer({ items: [DELIVERY], next_cursor: 'd1' });
    if (/\/(test|redeliver)$/.test(pathname)) return answer(DELIVERY, { status: 202 });
    if (request.method === 'POST') return answer({ ...WEBHOOK, secret: 'whsec_x' });
    return answer({ items: [WEBHOOK] });
  });

describe('WebhookBoard', () => {
  it('shows a new secret until it is put away, and deliveries after a test', async () => {
    const server = oneWebhook();
    const board = boardOn(server);
    await board.add({ url: WEBHOOK.url });
    expect(board.items).toEqual([WEBHOOK]);
    expect(board.secret).toEqual({ id: 'w1', secret: 'whsec_x' });
    board.hideSecret();
    expect(board.secret).toBeNull();
    await board.test('w1');
    expect([board.open, board.deliveries, board.hasMore]).toEqual(['w1', [DELIVERY], true]);
    await board.more();
    expect(server.requests.at(-1)?.url).toContain('limit=40');
    await board.remove('w1');
    expect([board.open, board.deliveries]).toEqual([null, null]);
    board.stop();
  });

  it('asks no more where the asker is no administrator, and says what else went wrong', async () => {
    const refused = boardOn(serverOf(problem(403, 'forbidden')));
    await refused.show(null);
    expect([refused.forbidden, refused.error]).toEqual([true, null]);
    refused.stop();
    const broken = boardOn(serverOf(problem(500, 'internal')));
    await broken.show(null);
    expect(broken.error).toMatchObject({ code: 'internal' });
    broken.stop();
  });
});

describe('what is said of webhooks', () => {
  it('counts only what there is', () => {
    expect(countsOf(WEBHOOK, englishMessages, NOW * 1_000)).toEqual({ words: [], failed: null });
    const busy = { ...WEBHOOK, delivered: 3, failed: 1, pending: 2, last_delivered_at: NOW - 300 };
    expect(countsOf(busy, englishMessages, NOW * 1_000)).toEqual({
      words: ['3 delivered', 'last one 5 minutes ago', '2 waiting'],
      failed: '1 failed',
    });
    expect(eventsOf({ ...WEBHOOK, events: ['job.failed'] }, germanMessages)).toBe(
      'Auftrag fehlgeschlagen',
    );
  });

  it('tells why an attempt failed and when the next one is', () => {
    const failed: Delivery = {
      ...DELIVERY,
      attempts: 2,
      failure: 'status',
      response_status: 503,
      next_at: NOW + 640,
    };
    expect(storyOf(DELIVERY, englishMessages)).toBe('');
    expect(storyOf(failed, englishMessages)).toBe('2 attempts · it answered HTTP 503');
    expect(storyOf({ ...failed, failure: 'timeout' }, germanMessages)).toBe(
      '2 Versuche · keine Antwort in der Zeit',
    );
    expect(nextTry(failed, 'en', NOW * 1_000)).toBe('in 11 minutes');
    expect(nextTry({ ...failed, next_at: NOW + 20_000 }, 'de', NOW * 1_000)).toBe('in 6 Stunden');
    expect(nextTry(DELIVERY, 'en', NOW * 1_000)).toBeNull();
  });
});
