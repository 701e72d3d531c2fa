import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareModel } from '../../../../backend/processing/transcribe/model.ts';

let folder: string;
beforeAll(async () => {
  folder = await Deno.makeTempDir();
});
afterAll(() => Deno.remove(folder, { recursive: true }));

test('prepareModel() lets several workers prepare at once, and leaves one whole folder', async () => {
  const modelDir = `${folder}/models/of/speech`;
  const models = await Promise.all(Array.from({ length: 3 }, () => prepareModel(modelDir)));
  expect(new Set(models.map((model) => JSON.stringify(model))).size).toBe(1);
  for (const path of Object.values(models[0]!)) expect((await Deno.stat(path)).isFile).toBe(true);
  expect(await Array.fromAsync(Deno.readDir(modelDir))).toHaveLength(1);
});

test('prepareModel() makes nothing again', async () => {
  const modelDir = `${folder}/models/of/speech`;
  const { tokens } = await prepareModel(modelDir);
  const { mtime } = await Deno.stat(tokens);
  await prepareModel(modelDir);
  expect((await Deno.stat(tokens)).mtime).toEqual(mtime);
});

test('prepareModel() writes the vocabulary as base64, one numbered line an entry', async () => {
  const { tokens } = await prepareModel(`${folder}/models/of/speech`);
  const lines = (await Deno.readTextFile(tokens)).trimEnd().split('\n');
  expect(lines).toHaveLength(32_768);
  expect(lines[0]).toBe(`${btoa('<unk>')} 0`);
  expect(lines[3 + 65]).toBe(`${btoa('A')} 68`);
  expect(lines[32_000]).toBe(`${btoa('<<ST_0>>')} 32000`);
});
