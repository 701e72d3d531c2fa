/**
 * Processing settings of a knowledge base and of its files.
 *
 * @module
 */
import { paths } from '#contract/paths.ts';
import type {
  ChangeProcessing,
  FileProcessing,
  KnowledgeProcessing,
} from '#contract/processing.ts';
import type { Request } from './request.ts';

// deno-lint-ignore explicit-module-boundary-types -- the shape is the inferred one
export function processingCalls(request: Request) {
  return {
    processing: (knowledgeId: string) =>
      request<KnowledgeProcessing>('GET', paths.knowledgeProcessing(knowledgeId)),
    changeProcessing: (knowledgeId: string, change: ChangeProcessing) =>
      request<KnowledgeProcessing>('PATCH', paths.knowledgeProcessing(knowledgeId), {
        body: change,
      }),
    /** Declares the language of a file, BCP 47; null inherits that of the knowledge base. */
    declareLanguage: (fileId: string, language: string | null) =>
      request<FileProcessing>('PATCH', paths.fileProcessing(fileId), { body: { language } }),
  };
}
