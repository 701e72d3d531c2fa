/**
 * Office documents with a password: recognised to report the reason.
 *
 * @module
 */
import type { Processor } from '../processor.ts';
import { encryptedFile } from './failures.ts';

/** No registered name exists for an encrypted package; this one never leaves the backend. */
export const ENCRYPTED_OFFICE = 'application/x-ooxml-encrypted';

export const encryptedOfficeProcessor: Processor = {
  id: 'encrypted-office',
  version: 1,
  step: 'extract',
  mediaTypes: [ENCRYPTED_OFFICE],
  // deno-lint-ignore require-yield
  async *process(_input, signal) {
    signal.throwIfAborted();
    throw await Promise.resolve(encryptedFile('office'));
  },
};
