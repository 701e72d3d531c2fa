/**
 * Mail in every form it is kept in.
 *
 * @module
 */
import { CFB } from '@e965/xlsx';

export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** Names of what is attached. */
  readonly attachments?: readonly string[];
}

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const word = (text: string) => `=?utf-8?B?${base64(text)}?=`;

/** A message as servers pass it on (RFC 5322). */
export function makeEml({ subject, text, html, attachments = [] }: Letter): string {
  const part = (type: string, body: string, more = '') =>
    `--b\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n${more}\r\n` +
    `${base64(body).replace(/.{76}/g, '$&\r\n')}\r\n`;
  const parts = [
    part('text/plain', text),
    ...html === undefined ? [] : [part('text/html', html)],
  ];
  const files = attachments.map((name) =>
    part(
      'application/pdf',
      'x'.repeat(2_000),
      `Content-Disposition: attachment; filename="${word(name)}"\r\n`,
    )
  );
  return `From: ${word('Rita Ä.')} <rita@example.org>\r\nTo: Olaf <olaf@example.org>\r\n` +
    `Subject: ${word(subject)}\r\nDate: Fri, 1 Mar 2024 10:00:00 +0100\r\nMIME-Version: 1.0\r\n` +
    `Content-Type: multipart/${files.length ? 'mixed' : 'alternative'}; boundary="b"\r\n\r\n` +
    `${[...parts, ...files].join('')}--b--\r\n`;
}

/** A page with its pictures in one file, as browsers save it (RFC 2557). */
export function makeMhtml(html: string): string {
  return 'From: <Saved by a browser>\r\nSubject: A page\r\nDate: Fri, 1 Mar 2024 10:00:00 +0100\r\n' +
    'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n' +
    '--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n' +
    `Content-Location: https://example.org/\r\n\r\n${base64(html)}\r\n` +
    '--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n' +
    `Content-Location: https://example.org/a.png\r\nContent-ID: <a>\r\n\r\n${
      base64('x')
    }\r\n--b--\r\n`;
}

export function makeMbox(letters: readonly Letter[]): string {
  return letters.map((letter) =>
    `From rita@example.org Fri Mar  1 10:00:00 2024\r\n${makeEml(letter)}\r\n`
  ).join('');
}

const utf16 = (text: string) => {
  const bytes = new Uint8Array(text.length * 2);
  for (const [at, unit] of text.split('').entries()) {
    new DataView(bytes.buffer).setUint16(at * 2, unit.charCodeAt(0), true);
  }
  return bytes;
};

/** A message as Outlook keeps it (MS-OXMSG), with the properties that it cannot do without. */
export function makeMsg({ subject, text, attachments = [] }: Letter): Uint8Array {
  const file = CFB.utils.cfb_new();
  const add = (path: string, bytes: Uint8Array) => void CFB.utils.cfb_add(file, path, bytes);
  const string = (folder: string, id: string, value: string) =>
    add(`${folder}/__substg1.0_${id}001F`, utf16(value));
  add('/__properties_version1.0', new Uint8Array(32));
  string('', '0037', subject);
  string('', '1000', text);
  string('', '0C1A', 'Rita Ä.');
  string('', '5D01', 'rita@example.org');
  const recipient = '/__recip_version1.0_#00000000';
  add(`${recipient}/__properties_version1.0`, new Uint8Array(8));
  string(recipient, '3001', 'Olaf');
  string(recipient, '39FE', 'olaf@example.org');
  for (const [at, name] of attachments.entries()) {
    const folder = `/__attach_version1.0_#0000000${at}`;
    add(`${folder}/__properties_version1.0`, new Uint8Array(8));
    add(`${folder}/__substg1.0_37010102`, new Uint8Array(2_000));
    string(folder, '3707', name);
  }
  return new Uint8Array(CFB.write(file, { type: 'array' }) as ArrayLike<number>);
}
