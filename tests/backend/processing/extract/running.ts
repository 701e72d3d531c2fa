/**
 * Runs a processor over bytes as the queue would, and gathers what it yields.
 *
 * @module
 */
import type {
  Checkpoint,
  ProcessedPart,
  ProcessEvent,
  ProcessInput,
  Processor,
} from '../../../../backend/processing/processor.ts';

export interface Sample {
  readonly processor: Processor;
  readonly bytes: Uint8Array | string;
  readonly mediaType?: string;
}

/** Writes the bytes to a temporary file, calls `use` with the input, and removes the file. */
export async function withInput<T>(
  { processor, bytes, mediaType = processor.mediaTypes[0]! }: Sample,
  use: (input: ProcessInput) => Promise<T>,
): Promise<T> {
  const workDir = await Deno.makeTempDir({ prefix: 'headway-extract-' });
  const path = `${workDir}/sample`;
  await Deno.writeFile(path, typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes);
  try {
    const rest = { name: 'sample', workDir, modelDir: workDir, checkpoint: null };
    return await use({ path, mediaType, ...rest });
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
}

/** All events of one run. */
export function run(sample: Sample): Promise<ProcessEvent[]> {
  return withInput(sample, (input) => collect(sample.processor, input));
}

export function collect(
  processor: Processor,
  input: ProcessInput,
  signal: AbortSignal = new AbortController().signal,
): Promise<ProcessEvent[]> {
  return Array.fromAsync(processor.process(input, signal));
}

export function partsIn(events: readonly ProcessEvent[]): ProcessedPart[] {
  return events.flatMap((event) => event.type === 'parts' ? event.parts : []);
}

/** As the queue stores it: a checkpoint has been JSON in between. */
export function checkpointsIn(events: readonly ProcessEvent[]): Checkpoint[] {
  return events.flatMap((event) =>
    event.type === 'parts' ? [JSON.parse(JSON.stringify(event.checkpoint))] : []
  );
}

/** Parts of one run. */
export async function partsOf(sample: Sample): Promise<ProcessedPart[]> {
  return partsIn(await run(sample));
}

export async function textsOf(sample: Sample): Promise<string[]> {
  return (await partsOf(sample)).map((part) => part.text);
}
