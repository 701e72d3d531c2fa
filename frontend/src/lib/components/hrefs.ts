/**
 * Where links lead. The package knows no router: the app that uses it says.
 *
 * @module
 */

/** A place inside a file: a part of a document, or seconds into a recording. */
export interface FilePlace {
  part?: number | undefined;
  t?: number | undefined;
}

export interface Hrefs {
  knowledge(knowledgeId: string): string;
  file(knowledgeId: string, fileId: string, place?: FilePlace): string;
}

export const defaultHrefs: Hrefs = {
  knowledge: (knowledgeId) => `/knowledge/${encodeURIComponent(knowledgeId)}`,
  file: (knowledgeId, fileId, { part, t } = {}) => {
    const base = `/knowledge/${encodeURIComponent(knowledgeId)}/files/${
      encodeURIComponent(fileId)
    }`;
    if (t !== undefined) return `${base}?t=${Math.floor(t * 10) / 10}`;
    return part === undefined ? base : `${base}?part=${part + 1}`;
  },
};
