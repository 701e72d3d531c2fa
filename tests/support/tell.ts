/**
 * A process that ends a session and tells of it; for tests that kill it.
 *
 * @module
 */
import { connect } from '../../backend/database/connection.ts';
import { createReporter } from '../../backend/progress/reporting.ts';
import { openTelling } from '../../backend/telling/telling.ts';

const db = connect(Deno.env.get('DATABASE_URL') ?? '');
const progress = createReporter(db);
await progress.updateProgress({ sessionId: 'doomed', userId: 'ann' }, { progress: 50 });
await openTelling({ webhooks: { targets: 'any', leaseSeconds: 1 } }, { db, log: console.error });
await progress.markSessionComplete('doomed');
