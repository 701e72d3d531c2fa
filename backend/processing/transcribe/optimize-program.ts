/**
 * A separate process that writes a model in ONNX Runtime's optimised form. Its arguments are the
 * library, the model and the output path. Exits with an error on failure.
 *
 * @module
 */

/** Requested version of the API table; the used functions exist since the first. */
const API_VERSION = 1;
/** Positions in `OrtApi` (onnxruntime_c_api.h), which only ever grows at the end. */
const GET_ERROR_MESSAGE = 2;
const CREATE_ENV = 3;
const CREATE_SESSION = 7;
const CREATE_SESSION_OPTIONS = 10;
const SET_OPTIMIZED_MODEL_FILE_PATH = 11;
const SET_GRAPH_OPTIMIZATION_LEVEL = 23;

/** `ORT_LOGGING_LEVEL_ERROR`. */
const LOG_ERRORS = 3;
/** `ORT_ENABLE_EXTENDED`: all optimisations that do not depend on the exact processor. */
const EXTENDED = 2;
const POINTER_BYTES = 8;

type Pointer = Deno.PointerValue;

function openApi(library: string): Deno.UnsafePointerView {
  const { symbols } = Deno.dlopen(library, {
    OrtGetApiBase: { parameters: [], result: 'pointer' },
  });
  const getApi = functionAt(new Deno.UnsafePointerView(present(symbols.OrtGetApiBase())), 0, {
    parameters: ['u32'],
    result: 'pointer',
  });
  return new Deno.UnsafePointerView(present(getApi.call(API_VERSION)));
}

function functionAt<const F extends Deno.ForeignFunction>(
  table: Deno.UnsafePointerView,
  place: number,
  definition: F,
): Deno.UnsafeFnPointer<F> {
  const address = present(table.getPointer(place * POINTER_BYTES));
  return new Deno.UnsafeFnPointer(address as Deno.PointerObject<F>, definition);
}

function present(pointer: Pointer): Deno.PointerObject {
  if (pointer) return pointer;
  throw new Error('This is no ONNX Runtime that is known here');
}

/** Calls a function whose last argument is the address of its result. */
function made(make: (place: BigUint64Array<ArrayBuffer>) => void): Pointer {
  const place = new BigUint64Array(1);
  make(place);
  return Deno.UnsafePointer.create(place[0]!);
}

/** A path in the library's encoding: wide characters on Windows. */
function pathOf(path: string): Uint8Array<ArrayBuffer> {
  if (Deno.build.os !== 'windows') return new TextEncoder().encode(`${path}\0`);
  const wide = Uint16Array.from(`${path}\0`, (character) => character.charCodeAt(0));
  return new Uint8Array(wide.buffer);
}

function write(library: string, model: string, target: string): void {
  const api = openApi(library);
  const messageOf = functionAt(api, GET_ERROR_MESSAGE, {
    parameters: ['pointer'],
    result: 'pointer',
  });
  const expectNone = (status: Pointer) => {
    if (status) throw new Error(Deno.UnsafePointerView.getCString(present(messageOf.call(status))));
  };
  const createEnv = functionAt(api, CREATE_ENV, {
    parameters: ['i32', 'buffer', 'buffer'],
    result: 'pointer',
  });
  const createOptions = functionAt(api, CREATE_SESSION_OPTIONS, {
    parameters: ['buffer'],
    result: 'pointer',
  });
  const setTarget = functionAt(api, SET_OPTIMIZED_MODEL_FILE_PATH, {
    parameters: ['pointer', 'buffer'],
    result: 'pointer',
  });
  const setLevel = functionAt(api, SET_GRAPH_OPTIMIZATION_LEVEL, {
    parameters: ['pointer', 'i32'],
    result: 'pointer',
  });
  const createSession = functionAt(api, CREATE_SESSION, {
    parameters: ['pointer', 'buffer', 'pointer', 'buffer'],
    result: 'pointer',
  });
  const name = new TextEncoder().encode('headway\0');
  const env = made((place) => expectNone(createEnv.call(LOG_ERRORS, name, place)));
  const options = made((place) => expectNone(createOptions.call(place)));
  expectNone(setTarget.call(options, pathOf(target)));
  expectNone(setLevel.call(options, EXTENDED));
  // The file is written during the creation of the session.
  made((place) => expectNone(createSession.call(env, pathOf(model), options, place)));
}

const [library = '', model = '', target = ''] = Deno.args;
write(library, model, target);
// The library's threads would keep the process running.
Deno.exit(0);
