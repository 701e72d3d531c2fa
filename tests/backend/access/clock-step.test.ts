/**
 * The clock of the process is set back by two hours: what was to end within a minute still does.
 */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createKeySet } from '../../../backend/access/key-set.ts';
import { createRates, FixedWindow } from '../../../backend/access/rates.ts';
import { SignIns } from '../../../backend/access/sign-ins.ts';
import { connect } from '../../../backend/database/connection.ts';

const START = Date.parse('2026-01-01T12:00:00Z');
const SECRET = 'a secret of at least thirty-two bytes';
const setBackTwoHours = () => vi.setSystemTime(Date.now() - 2 * 60 * 60 * 1000);

beforeEach(() => void vi.useFakeTimers({ now: START, toFake: ['Date', 'performance'] }));
afterEach(() => void vi.useRealTimers());

test('a window of polls ends after a minute', () => {
  const polls = new FixedWindow(1);
  expect([polls.take('ada'), polls.take('ada')]).toEqual([true, false]);
  setBackTwoHours();
  expect(polls.msLeft('ada')).toBe(60_000);
  vi.advanceTimersByTime(60_000);
  expect(polls.take('ada')).toBe(true);
});

test('a window of calls ends after a minute', async () => {
  const rates = createRates({ perMinute: { call: 1, poll: 1 } });
  await rates.spend('ada', 'call');
  setBackTwoHours();
  await expect(rates.spend('ada', 'call')).rejects.toMatchObject({ retryAfterSeconds: 60 });
  vi.advanceTimersByTime(60_000);
  await rates.spend('ada', 'call');
});

test('a token is verified again after a minute, and at the latest when it expires', async () => {
  const db = connect('postgres://nobody@127.0.0.1:9/none', { max: 1 });
  const signIns = new SignIns(db, { secret: SECRET, roleClaim: 'role' });
  const sign = (seconds: number) =>
    new SignJWT({ id: 'ada', role: 'user' }).setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(START / 1000 + seconds).sign(new TextEncoder().encode(SECRET));
  const [long, short] = await Promise.all([sign(3_600), sign(20)]);
  const bearer = (token: string) =>
    new Request('http://localhost', { headers: { authorization: `Bearer ${token}` } });
  for (const token of [long, short]) await signIns.of(bearer(token));
  setBackTwoHours();
  vi.advanceTimersByTime(24_000);
  expect([long, short].map((token) => signIns.find(token) !== null)).toEqual([true, true]);
  vi.advanceTimersByTime(1_000);
  expect([long, short].map((token) => signIns.find(token) !== null)).toEqual([true, false]);
  vi.advanceTimersByTime(35_000);
  expect(signIns.find(long)).toBeNull();
  await db.close();
});

test('a new key is found after the cooldown, and a removed one is dropped after its age', async () => {
  const pairs = await Promise.all(['old', 'new'].map(async (kid) => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const token = await new SignJWT({ sub: 'ada' }).setProtectedHeader({ alg: 'ES256', kid })
      .sign(privateKey);
    return { token, jwk: { ...await exportJWK(publicKey), kid, alg: 'ES256', use: 'sig' } };
  }));
  const [older, newer] = pairs as [typeof pairs[0], typeof pairs[0]];
  let published = [older.jwk];
  const find = createKeySet('https://id.example/keys', {
    fetch: () => Promise.resolve(Response.json({ keys: published })),
  });
  const keyOf = async ({ token }: typeof older) => {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const kid = JSON.parse(atob(header)).kid;
    return await find({ alg: 'ES256', kid }, { protected: header, payload, signature });
  };
  await keyOf(older);
  setBackTwoHours();
  published = [older.jwk, newer.jwk];
  await expect(keyOf(newer)).rejects.toThrow();
  vi.advanceTimersByTime(30_000);
  await keyOf(newer);
  published = [newer.jwk];
  vi.advanceTimersByTime(600_000);
  await expect(keyOf(older)).rejects.toThrow();
});
