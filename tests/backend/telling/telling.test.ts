/** What needs no database: signatures, the schedule, and where nothing is sent. */
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import {
  AddressError,
  checkTarget,
  guardedLookup,
  isPublicAddress,
} from '../../../backend/telling/addresses.ts';
import { retrySeconds } from '../../../backend/telling/retry.ts';
import { messageIdOf, newSecret, signedHeaders } from '../../../backend/telling/sign.ts';

describe('signedHeaders()', () => {
  const id = messageIdOf('7f2c1d4e-0000-4000-8000-000000000000');

  test('is what the specification gives as its example', () => {
    const headers = signedHeaders(
      {
        id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        at: new Date(1_614_265_330_000),
        body: '{"test": 2432232314}',
      },
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    );
    expect(headers['webhook-timestamp']).toBe('1614265330');
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('is verified with either secret after a rotation, and with no other', () => {
    const [fresh, old] = [newSecret(), newSecret()];
    const headers = signedHeaders({ id, at: new Date(), body: '{"a":"ü"}' }, [fresh, old]);
    for (const secret of [fresh, old]) {
      expect(new Webhook(secret).verify('{"a":"ü"}', headers)).toEqual({ a: 'ü' });
    }
    expect(() => new Webhook(newSecret()).verify('{"a":"ü"}', headers)).toThrow();
    expect(() => new Webhook(fresh).verify('{"a":"u"}', headers)).toThrow();
  });
});

describe('retrySeconds()', () => {
  const middle = { random: () => 1 / 2 };

  test('tries ten times within about a day', () => {
    const waits: number[] = [];
    for (let failures = 1;; failures++) {
      const wait = retrySeconds(failures, null, middle);
      if (wait === null) break;
      waits.push(wait);
    }
    expect(waits).toEqual([10, 40, 160, 640, 2560, 10_240, 21_600, 21_600, 21_600]);
    const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3600;
    expect(hours).toBeGreaterThan(20);
    expect(hours).toBeLessThan(26);
  });

  test('stays within a quarter of the plan, and never comes before it is asked to', () => {
    const failures = fc.integer({ min: 1, max: 9 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const asked = fc.option(fc.nat(86_400));
    fc.assert(fc.property(failures, random, asked, (failed, chance, after) => {
      const plan = retrySeconds(failed, null, middle) ?? 0;
      const wait = retrySeconds(failed, after, { random: () => chance }) ?? 0;
      expect(wait).toBeGreaterThanOrEqual(Math.max(plan * 0.75, after ?? 0));
      expect(wait).toBeLessThanOrEqual(Math.max(plan * 1.25, after ?? 0));
    }));
  });

  test('is put off by nobody for more than a day', () => {
    expect(retrySeconds(1, 10 ** 9, middle)).toBe(86_400);
  });
});

describe('where webhooks may go', () => {
  const INSIDE = [
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://172.31.0.1/',
    'https://192.168.0.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://168.63.129.16/',
    'https://192.0.0.192/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a00:1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[2002:a00:1::]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
  ];
  const WRONG = [
    'http://hooks.example/',
    'ftp://hooks.example/',
    'file:///etc/passwd',
    'https://ann:secret@hooks.example/',
    'javascript:alert(1)',
    'hooks.example',
  ];

  test.each([...INSIDE, ...WRONG])('not to %s', (url) => {
    expect(() => checkTarget(url, 'public')).toThrow(AddressError);
  });

  test.each([
    'https://hooks.example/in?a=1',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]:8443/',
  ])(
    'to %s',
    (url) => expect(checkTarget(url, 'public').href).toBe(url),
  );

  test('anywhere by http where that is allowed, yet never with a password', () => {
    expect(checkTarget('http://10.0.0.1:8080/in#part', 'any').href).toBe('http://10.0.0.1:8080/in');
    expect(() => checkTarget('http://ann:secret@10.0.0.1/', 'any')).toThrow(AddressError);
  });

  test('rubbish is no public address', () => {
    for (const each of ['', 'localhost', '1.2.3', '1.2.3.4.5', 'fe80::1%eth0']) {
      expect([each, isPublicAddress(each)]).toEqual([each, false]);
    }
  });

  const found = (...addresses: string[]) =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

  function connectTo(targets: 'public' | 'any', all: boolean, ...addresses: string[]) {
    const look = guardedLookup(targets, (_host, done) => done(null, found(...addresses)));
    return new Promise((resolve) =>
      look('hooks.example', { all }, (error, address) => resolve(error ?? address))
    );
  }

  test('a name that leads inside, if only by one of its addresses, is not connected to', async () => {
    expect(await connectTo('public', true, '93.184.215.14')).toEqual(found('93.184.215.14'));
    expect(await connectTo('public', false, '93.184.215.14')).toBe('93.184.215.14');
    for (const inside of ['127.0.0.1', '10.0.0.1', '::1', '::ffff:169.254.169.254']) {
      expect(await connectTo('public', true, '93.184.215.14', inside)).toBeInstanceOf(AddressError);
      expect(await connectTo('any', false, inside)).toBe(inside);
    }
    expect(await connectTo('any', true)).toBeInstanceOf(Error);
  });
});
