/**
 * The command line as an operator calls it, in this process, on a database of a test.
 *
 * @module
 */
import { runAdmin } from '../../../backend/admin/run.ts';

export interface Called {
  readonly code: number;
  readonly printed: string;
  readonly complained: string;
}

export interface Target {
  readonly url: string;
  readonly dataDir: string;
  readonly staleSeconds?: number;
}

export interface AdminCalls {
  call(...words: string[]): Promise<Called>;
  /** The JSON of a command; throws where its exit code is not 0 or 3. */
  // deno-lint-ignore no-explicit-any
  json(...words: string[]): Promise<any>;
}

export function createAdmin({ url, dataDir, staleSeconds = 300 }: Target): AdminCalls {
  async function call(...words: string[]): Promise<Called> {
    const printed: string[] = [];
    const complained: string[] = [];
    const settings = { dataDir, databaseUrl: url, staleSeconds, retentionSeconds: 3600 };
    const code = await runAdmin(words, () => settings, {
      print: (text) => printed.push(text),
      complain: (text) => complained.push(text),
    });
    return { code, printed: printed.join('\n'), complained: complained.join('\n') };
  }
  return {
    call,
    async json(...words) {
      const { code, printed, complained } = await call(...words, '--json');
      if (code !== 0 && code !== 3) throw new Error(`${words}: ${code}: ${complained}`);
      return JSON.parse(printed);
    },
  };
}
