import { base64url, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor } from '../../../backend/access/actor.ts';
import { authenticateByToken, type TokenOptions } from '../../../backend/access/tokens.ts';
import { connect, type Database } from '../../../backend/database/connection.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

const ISSUER = 'https://id.example';
const AUDIENCE = 'headway';
const SECRET = 'a secret of the existing app, long enough';

let database: TestDatabase;
let db: Database;
let rsa: Keys;
let ec: Keys;
let published: JWK[];

beforeAll(async () => {
  database = await createTestDatabase({ migrated: true });
  db = connect(database.url, { max: 2 });
  await database.sql`insert into "user" (id, name, email, role, created_at)
    values ('ada', 'Ada', 'a', 'user', 1), ('eve', 'Eve', 'e', 'admin', 1)`;
  rsa = await generateKeyPair('RS256', { extractable: true });
  ec = await generateKeyPair('ES256', { extractable: true });
  published = [
    { ...await exportJWK(rsa.publicKey), kid: 'rsa', alg: 'RS256' },
    { ...await exportJWK(ec.publicKey), kid: 'ec', alg: 'ES256' },
  ];
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

/** An issuer whose answers a test decides. */
function issuer(answer: () => Response | Promise<Response>) {
  let asked = 0;
  let time = 0;
  const options: TokenOptions = {
    jwksUrl: 'https://id.example/keys',
    issuer: ISSUER,
    audience: AUDIENCE,
    keySet: {
      fetch: () => {
        asked++;
        return Promise.resolve().then(answer);
      },
      now: () => time,
    },
  };
  return {
    options,
    get asked() {
      return asked;
    },
    pass: (ms: number) => time += ms,
  };
}

const keySet = () => issuer(() => Response.json({ keys: published }));

interface Signing {
  kid?: string;
  alg?: string;
  key?: Parameters<SignJWT['sign']>[0];
  expires?: string | Date | null;
}

function sign(payload: Record<string, unknown>, signing: Signing = {}): Promise<string> {
  const { kid = 'rsa', alg = 'RS256', key = rsa.privateKey, expires = '1h' } = signing;
  const token = new SignJWT({ iss: ISSUER, aud: AUDIENCE, ...payload })
    .setProtectedHeader({ alg, kid });
  return (expires === null ? token : token.setExpirationTime(expires)).sign(key);
}

async function ask(options: TokenOptions, token: string, cookie?: string): Promise<Actor> {
  const headers: HeadersInit = cookie ? { cookie } : { authorization: `Bearer ${token}` };
  const request = new Request('http://localhost/', { headers });
  return await authenticateByToken(db, options)(request);
}

const refused = { name: 'AppError', code: 'unauthenticated' };

describe('authenticateByToken() with a key set', () => {
  test('takes RS256 and ES256; the role is that of the table', async () => {
    const { options } = keySet();
    expect(await ask(options, await sign({ sub: 'ada' })))
      .toEqual({ id: 'ada', name: 'Ada', role: 'user' });
    const elliptic = { kid: 'ec', alg: 'ES256', key: ec.privateKey };
    expect((await ask(options, await sign({ sub: 'eve' }, elliptic))).role).toBe('admin');
  });

  test.each<[string, Record<string, unknown>, Signing]>([
    ['of another issuer', { sub: 'ada', iss: 'https://evil.example' }, {}],
    ['for another audience', { sub: 'ada', aud: 'mail' }, {}],
    ['that has expired', { sub: 'ada' }, { expires: new Date(Date.now() - 60_000) }],
    ['that never expires', { sub: 'ada' }, { expires: null }],
    ['that begins later', { sub: 'ada', nbf: Math.floor(Date.now() / 1000) + 600 }, {}],
    ['of a stranger', { sub: 'mallory' }, {}],
    ['of nobody', {}, {}],
    ['that names its user by another claim', { id: 'ada' }, {}],
    ['whose user is a number', { sub: 7 }, {}],
    ['whose user cannot be stored', { sub: 'ada\0' }, {}],
    ['signed with a key that is not known', { sub: 'ada' }, { kid: 'other' }],
  ])('refuses a token %s', async (_what, payload, signing) => {
    await expect(ask(keySet().options, await sign(payload, signing))).rejects.toMatchObject(
      refused,
    );
  });

  test('refuses the public key used as a secret, and no signature at all', async () => {
    const { options } = keySet();
    const { n = '' } = published[0] ?? {};
    for (
      const key of [new TextEncoder().encode(JSON.stringify(published[0])), base64url.decode(n)]
    ) {
      const forged = await sign({ sub: 'eve' }, { alg: 'HS256', key });
      await expect(ask(options, forged)).rejects.toMatchObject(refused);
    }
    const [, body] = (await sign({ sub: 'eve' })).split('.');
    for (const alg of ['none', 'NONE', 'RS256']) {
      const header = base64url.encode(JSON.stringify({ alg, kid: 'rsa' }));
      await expect(ask(options, `${header}.${body}.`)).rejects.toMatchObject(refused);
    }
  });

  test('a clock that is a little off is forgiven', async () => {
    const { options } = keySet();
    const token = await sign({ sub: 'ada' }, { expires: new Date(Date.now() - 2_000) });
    expect((await ask(options, token)).id).toBe('ada');
  });

  test('asks for the keys once, and for an unknown one no more often than allowed', async () => {
    const set = keySet();
    const authenticate = authenticateByToken(db, set.options);
    const send = async (signing?: Signing) =>
      await authenticate(
        new Request('http://localhost/', {
          headers: { authorization: `Bearer ${await sign({ sub: 'ada' }, signing)}` },
        }),
      );
    await Promise.all([send(), send(), send()]);
    expect(set.asked).toBe(1);
    for (let i = 0; i < 5; i++) {
      await expect(send({ kid: `made-up-${i}` })).rejects.toMatchObject(refused);
    }
    expect(set.asked).toBe(1);
  });

  test.each<[string, () => Response | Promise<Response>]>([
    ['is down', () => Promise.reject(new TypeError('Connection refused'))],
    ['answers with an error', () => new Response('busy', { status: 502 })],
    ['answers with a page', () => new Response('<html>')],
    ['answers with something else', () => Response.json({ keys: 'none' })],
    ['sends elsewhere', () => Response.redirect('https://evil.example/keys')],
  ])('an issuer that %s is no word about the token: 503', async (_what, answer) => {
    const set = issuer(answer);
    const authenticate = authenticateByToken(db, set.options);
    const request = new Request('http://localhost/', {
      headers: { authorization: `Bearer ${await sign({ sub: 'ada' })}` },
    });
    const unavailable = { name: 'AppError', code: 'unavailable', retryAfterSeconds: 5 };
    await expect(authenticate(request)).rejects.toMatchObject(unavailable);
    await expect(authenticate(request)).rejects.toMatchObject(unavailable);
    expect(set.asked).toBe(1);
    set.pass(5_001);
    await expect(authenticate(request)).rejects.toMatchObject(unavailable);
    expect(set.asked).toBe(2);
  });
});

describe('authenticateByToken() with a secret', () => {
  const key = new TextEncoder().encode(SECRET);
  const hs = { alg: 'HS256', key };

  test('refuses every other algorithm', async () => {
    expect((await ask({ secret: SECRET }, await sign({ id: 'ada' }, hs))).id).toBe('ada');
    for (const other of [{ ...hs, alg: 'HS512', key: new Uint8Array(64) }, {}]) {
      await expect(ask({ secret: SECRET }, await sign({ id: 'ada' }, other)))
        .rejects.toMatchObject(refused);
    }
  });

  test('user, role and cookie go by the names that were chosen', async () => {
    const options = { secret: SECRET, userClaim: 'uid', roleClaim: 'roles', cookie: 'session' };
    const token = await sign({ uid: 'new', name: 'New One', roles: ['staff', 'admin'] }, hs);
    expect(await ask(options, '', `token=x; session=${token}`))
      .toEqual({ id: 'new', name: 'New One', role: 'admin' });
    await expect(ask(options, '', `token=${token}`)).rejects.toMatchObject(refused);
    for (const roles of [undefined, 'root', [], ['Admin'], { admin: true }]) {
      const other = await sign({ uid: 'new', roles }, hs);
      await expect(ask(options, other)).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  test('tells an expired sign-in from a wrong one', async () => {
    const expired = await sign({ id: 'ada' }, { ...hs, expires: new Date(0) });
    await expect(ask({ secret: SECRET }, expired)).rejects.toThrow('has expired');
    await expect(ask({ secret: SECRET }, 'nonsense')).rejects.toThrow('is not valid');
  });

  test('a secret shorter than the hash of HS256 must be allowed', async () => {
    const secret = 't0p-s3cr3t';
    expect(() => authenticateByToken(db, { secret })).toThrow('fewer than 32 bytes');
    expect(() => authenticateByToken(db, { secret: 'ä'.repeat(16) })).not.toThrow();
    const token = await sign({ id: 'ada' }, { ...hs, key: new TextEncoder().encode(secret) });
    expect((await ask({ secret, allowShortSecret: true }, token)).id).toBe('ada');
  });

  test('a token without an expiry is taken unless that is forbidden', async () => {
    const token = await new SignJWT({ id: 'ada' }).setProtectedHeader({ alg: 'HS256' }).sign(key);
    expect((await ask({ secret: SECRET }, token)).id).toBe('ada');
    await expect(ask({ secret: SECRET, requireExpiry: true }, token))
      .rejects.toMatchObject(refused);
    const expiring = await sign({ id: 'ada' }, hs);
    expect((await ask({ secret: SECRET, requireExpiry: true }, expiring)).id).toBe('ada');
  });

  test('one of secret and key set, not both', () => {
    const both = { secret: SECRET, jwksUrl: 'https://id.example/keys' };
    expect(() => authenticateByToken(db, both)).toThrow(TypeError);
    expect(() => authenticateByToken(db, {})).toThrow(TypeError);
  });
});
