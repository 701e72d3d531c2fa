/**
 * PDFium in WebAssembly: one instance a process, its memory, and documents that are read on demand.
 *
 * @module
 */
import { init } from '@embedpdf/pdfium';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** A function of PDFium: pointers, numbers and booleans are all numbers. */
type Native = (...args: readonly number[]) => number;

/**
 * The used functions of PDFium's public headers. With all exports each look-up would be slow, and
 * there are several for each character of a page.
 */
const FUNCTIONS = [
  'FORM_OnAfterLoadPage',
  'FORM_OnBeforeClosePage',
  'FPDFAnnot_GetFlags',
  'FPDFAnnot_GetFormFieldFlags',
  'FPDFAnnot_GetFormFieldType',
  'FPDFAnnot_GetFormFieldValue',
  'FPDFAnnot_GetOptionCount',
  'FPDFAnnot_GetOptionLabel',
  'FPDFAnnot_GetRect',
  'FPDFAnnot_GetStringValue',
  'FPDFAnnot_GetSubtype',
  'FPDFAnnot_IsChecked',
  'FPDFAnnot_IsOptionSelected',
  'FPDFAttachment_GetName',
  'FPDFBitmap_CreateEx',
  'FPDFBitmap_Destroy',
  'FPDFBitmap_FillRect',
  'FPDFBitmap_GetBuffer',
  'FPDFBitmap_GetStride',
  'FPDFDoc_GetAttachment',
  'FPDFDoc_GetAttachmentCount',
  'FPDFPageObj_GetBounds',
  'FPDFPageObj_GetType',
  'FPDFPage_CloseAnnot',
  'FPDFPage_CountObjects',
  'FPDFPage_GetAnnot',
  'FPDFPage_GetAnnotCount',
  'FPDFPage_GetObject',
  'FPDFText_ClosePage',
  'FPDFText_CountChars',
  'FPDFText_GetCharOrigin',
  'FPDFText_GetFontSize',
  'FPDFText_GetLooseCharBox',
  'FPDFText_GetMatrix',
  'FPDFText_GetTextObject',
  'FPDFText_GetUnicode',
  'FPDFText_HasUnicodeMapError',
  'FPDFText_LoadPage',
  'FPDF_CloseDocument',
  'FPDF_ClosePage',
  'FPDF_GetFormType',
  'FPDF_GetLastError',
  'FPDF_GetPageBoundingBox',
  'FPDF_GetPageCount',
  'FPDF_GetPageHeightF',
  'FPDF_GetPageWidthF',
  'FPDF_LoadCustomDocument',
  'FPDF_LoadPage',
  'FPDF_RenderPageBitmap',
  'PDFiumExt_CloseFormFillInfo',
  'PDFiumExt_ExitFormFillEnvironment',
  'PDFiumExt_Init',
  'PDFiumExt_InitFormFillEnvironment',
  'PDFiumExt_OpenFormFillInfo',
  'malloc',
  'free',
] as const;

export interface Pdfium {
  readonly call: Readonly<Record<typeof FUNCTIONS[number], Native>>;
  /** Views of the memory: they change when it grows, so they must not be kept across a call. */
  readonly heap: Heap;
  /** Buffer for results of one call: 64 bytes. */
  readonly scratch: number;
  /** The first four floats in it: a matrix, or a rectangle. */
  scratchFloats(): readonly [number, number, number, number];
  /** Text that `write` puts into a buffer of the given size, UTF-16 with a final zero. */
  text(write: (buffer: number, bytes: number) => number): string;
  /** A C string for the duration of `use`. */
  withString<T>(text: string, use: (pointer: number) => T): T;
  /** Parameter and function of an FPDF_FILEACCESS that reads with `reader`. */
  addReader(reader: BlockReader): readonly [parameter: number, pointer: number];
  removeReader(parameter: number): void;
}

/** Copies `length` bytes from `position` of a file to `buffer`; false if it cannot. */
export type BlockReader = (position: number, buffer: number, length: number) => boolean;

/** The views of Emscripten's module. */
interface Heap {
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  readonly HEAPF32: Float32Array;
  readonly HEAPF64: Float64Array;
}

/** The views, replaced only after the memory has grown, which detaches the old ones. */
class CachedHeap implements Heap {
  #now: Heap;
  constructor(readonly module: Heap) {
    this.#now = this.#look();
  }
  #look(): Heap {
    const { HEAPU8, HEAP32, HEAPF32, HEAPF64 } = this.module;
    return this.#now = { HEAPU8, HEAP32, HEAPF32, HEAPF64 };
  }
  #current(): Heap {
    return this.#now.HEAPU8.length > 0 ? this.#now : this.#look();
  }
  get HEAPU8(): Uint8Array {
    return this.#current().HEAPU8;
  }
  get HEAP32(): Int32Array {
    return this.#current().HEAP32;
  }
  get HEAPF32(): Float32Array {
    return this.#current().HEAPF32;
  }
  get HEAPF64(): Float64Array {
    return this.#current().HEAPF64;
  }
}

const PACKAGE = '@embedpdf/pdfium';
let shared: Promise<Pdfium> | null = null;

/** The instance of this process. */
export function sharedPdfium(): Promise<Pdfium> {
  return shared ??= startPdfium();
}

/** Discards the instance: after a trap of WebAssembly its memory is in an undefined state. */
export function discardPdfium(): void {
  shared = null;
}

/** True if PDFium ended itself: out of memory, or a defect that the file triggered. */
export function isCrash(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
}

async function startPdfium(): Promise<Pdfium> {
  const manifest = findPackageJSON(PACKAGE, import.meta.url);
  if (!manifest) throw new Error(`A package is not installed: ${PACKAGE}`);
  const wasmBinary = await Deno.readFile(join(dirname(manifest), 'dist/pdfium.wasm'));
  const { pdfium } = await init({ wasmBinary: wasmBinary.buffer } as never);
  const exported = pdfium.wasmExports as unknown as Record<string, Native>;
  const call = Object.fromEntries(
    FUNCTIONS.map((name) => [name, exported[name]]),
  ) as unknown as Pdfium['call'];
  const heap = new CachedHeap(pdfium as unknown as Heap);
  const { malloc, free } = pdfium.wasmExports;
  call.PDFiumExt_Init();
  const readers = new Map<number, BlockReader>();
  const read = pdfium.addFunction(
    (parameter: number, position: number, buffer: number, length: number) =>
      readers.get(parameter)?.(position >>> 0, buffer, length) ? 1 : 0,
    'iiiii',
  ) as unknown as number;
  let lastReader = 0;
  const scratch = malloc(64);
  const decoder = new TextDecoder('utf-16le');
  return {
    call,
    heap,
    scratch,
    scratchFloats() {
      const [a = 0, b = 0, c = 0, d = 0] = heap.HEAPF32.subarray(scratch >> 2, (scratch >> 2) + 4);
      return [a, b, c, d];
    },
    text(write) {
      const bytes = write(0, 0);
      if (bytes <= 2) return '';
      const buffer = malloc(bytes);
      try {
        const written = Math.min(bytes, write(buffer, bytes));
        return decoder.decode(heap.HEAPU8.subarray(buffer, buffer + written)).replace(/\0+$/, '');
      } finally {
        free(buffer);
      }
    },
    withString(text, use) {
      const bytes = new TextEncoder().encode(`${text}\0`);
      const pointer = malloc(bytes.length);
      heap.HEAPU8.set(bytes, pointer);
      try {
        return use(pointer);
      } finally {
        free(pointer);
      }
    },
    addReader(reader) {
      readers.set(++lastReader, reader);
      return [lastReader, read];
    },
    removeReader: (parameter) => void readers.delete(parameter),
  };
}
