/**
 * A real SMTP server on this machine that keeps what it is given, and refuses on demand.
 *
 * @module
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** One mail as it came. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header fields, unfolded and decoded, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** All of it. */
  readonly source: string;
}

export interface MailServer {
  readonly url: string;
  readonly mails: ReceivedMail[];
  /** The next mails are refused with these codes, one for each. */
  refuse(...codes: number[]): void;
  close(): Promise<void>;
}

/** Takes mails from `headway` with the password `hush hush`. */
export async function startMailServer(): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const refusals: number[] = [];
  const server = new SMTPServer({
    // No certificate: the client has nothing to upgrade to.
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth({ username, password }, _session, done) {
      const known = username === 'headway' && password === 'hush hush';
      done(known ? null : new Error('Unknown'), known ? { user: username } : undefined);
    },
    onData(stream, { envelope }, done) {
      let source = '';
      stream.setEncoding('utf8').on('data', (piece: string) => source += piece).on('end', () => {
        const responseCode = refusals.shift();
        if (responseCode) return done(Object.assign(new Error('On demand'), { responseCode }));
        mails.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          to: envelope.rcptTo.map(({ address }) => address),
          headers: headersOf(source),
          source,
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://headway:hush%20hush@127.0.0.1:${port}`,
    mails,
    refuse: (...codes) => void refusals.push(...codes),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function headersOf(source: string): Record<string, string> {
  const [head = ''] = source.split('\r\n\r\n', 1);
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return Object.fromEntries(lines.map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), decoded(line.slice(at + 1).trim())];
  }));
}

/** Encoded words (RFC 2047) in quoted-printable or base64. */
function decoded(text: string): string {
  const joined = text.replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_all, kind: string, word: string) => {
    if (kind.toLowerCase() === 'b') return fromBytes(atob(word));
    return fromBytes(
      word.replaceAll('_', ' ')
        .replace(/=([0-9a-f]{2})/gi, (_each, hex) => String.fromCharCode(parseInt(hex, 16))),
    );
  });
}

const fromBytes = (binary: string) =>
  new TextDecoder().decode(Uint8Array.from(binary, (each) => each.charCodeAt(0)));
