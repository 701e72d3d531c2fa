import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareModel } from '../../../../backend/processing/transcribe/model.ts';
import { optimize } from '../../../../backend/processing/transcribe/optimize.ts';

let folder: string;
beforeAll(async () => {
  folder = await Deno.makeTempDir();
});
afterAll(() => Deno.remove(folder, { recursive: true }));

const asIs = { quicken: () => Promise.resolve() };

test('prepareModel() lets several workers prepare at once, and leaves one whole folder', async () => {
  const modelDir = `${folder}/models/of/speech`;
  const models = await Promise.all(Array.from({ length: 3 }, () => prepareModel(modelDir, asIs)));
  expect(new Set(models.map((model) => JSON.stringify(model))).size).toBe(1);
  for (const path of Object.values(models[0]!)) expect((await Deno.stat(path)).isFile).toBe(true);
  expect(await Array.fromAsync(Deno.readDir(modelDir))).toHaveLength(1);
});

test('prepareModel() makes nothing again', async () => {
  const modelDir = `${folder}/models/of/speech`;
  const { tokens } = await prepareModel(modelDir, asIs);
  const { mtime } = await Deno.stat(tokens);
  await prepareModel(modelDir, asIs);
  expect((await Deno.stat(tokens)).mtime).toEqual(mtime);
});

test("prepareModel() puts the models' licence beside them, also where they were made before", async () => {
  const modelDir = `${folder}/models/of/speech`;
  const { tokens } = await prepareModel(modelDir, asIs);
  const licence = tokens.replace('tokens.txt', 'LICENSE.txt');
  await Deno.remove(licence);
  await prepareModel(modelDir, asIs);
  const text = await Deno.readTextFile(licence);
  for (const holder of ['Useful Sensors', 'Silero Team']) expect(text).toContain(holder);
});

test('prepareModel() writes the vocabulary as base64, one numbered line an entry', async () => {
  const { tokens } = await prepareModel(`${folder}/models/of/speech`, asIs);
  const lines = (await Deno.readTextFile(tokens)).trimEnd().split('\n');
  expect(lines).toHaveLength(32_768);
  expect(lines[0]).toBe(`${btoa('<unk>')} 0`);
  expect(lines[3 + 65]).toBe(`${btoa('A')} 68`);
  expect(lines[32_000]).toBe(`${btoa('<<ST_0>>')} 32000`);
});

test('optimize() puts the form of the library that loads it in the place of a model', async () => {
  const { encoder } = await prepareModel(`${folder}/models/of/speech`, asIs);
  const path = `${folder}/encoder.onnx`;
  await Deno.copyFile(encoder, path);
  await optimize(path);
  // The identifier of the format, behind the offset of its root (schema of ONNX Runtime).
  const bytes = await Deno.readFile(`${folder}/encoder.ort`);
  expect(new TextDecoder().decode(bytes.subarray(4, 8))).toBe('ORTM');
  await expect(Deno.stat(path)).rejects.toThrow(Deno.errors.NotFound);
});

test('optimize() leaves what it cannot read as it is', async () => {
  const path = `${folder}/none.onnx`;
  await Deno.writeTextFile(path, 'No model');
  await optimize(path);
  expect(await Deno.readTextFile(path)).toBe('No model');
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  expect(names.filter((name) => name.startsWith('none'))).toEqual(['none.onnx']);
});
