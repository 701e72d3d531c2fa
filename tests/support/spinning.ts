/**
 * A process that nothing supervises and whose event loop blocks at once.
 *
 * @module
 */
import { endWhenBlocked } from '../../backend/lifetime/loop-watch.ts';

endWhenBlocked(2);
console.log('spins');
while (true);
