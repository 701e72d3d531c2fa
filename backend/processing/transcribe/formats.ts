/**
 * Supported recordings, by their media type in `file-type`, and their decoders.
 *
 * @module
 */
/** Formats that each have a decoder of their own. */
export type StreamedFormat = 'aiff' | 'amr' | 'caf';

type Reader = 'demuxed' | StreamedFormat;

/**
 * Decoders without ffmpeg; `null`: none. {@link "./decode-raw.ts"} tries WAV, AU and AIFF first.
 */
const FORMATS = {
  'audio/wav': 'demuxed',
  'audio/mpeg': 'demuxed',
  'audio/mp4': 'demuxed',
  'audio/x-m4a': 'demuxed',
  'audio/aac': 'demuxed',
  'audio/flac': 'demuxed',
  'audio/ogg': 'demuxed',
  'audio/ogg; codecs=opus': 'demuxed',
  'application/ogg': 'demuxed',
  'audio/aiff': 'aiff',
  'audio/basic': null,
  'audio/amr': 'amr',
  'audio/x-caf': 'caf',
  'audio/wavpack': null,
  'audio/x-ms-asf': null,
  'audio/vnd.dolby.dd-raw': null,
  'audio/ape': null,
  'audio/qcelp': null,
  'audio/x-dsf': null,
  'audio/x-musepack': null,
  'audio/x-voc': null,
  'video/mp4': 'demuxed',
  'video/x-m4v': 'demuxed',
  'video/quicktime': 'demuxed',
  'video/3gpp': 'demuxed',
  'video/3gpp2': 'demuxed',
  'video/webm': 'demuxed',
  'video/matroska': 'demuxed',
  'video/vnd.avi': null,
  'video/x-ms-asf': null,
  'application/vnd.ms-asf': null,
  'video/ogg': 'demuxed',
  'video/mp2t': 'demuxed',
  'video/mpeg': null,
  'video/MP1S': null,
  'video/MP2P': null,
  'video/x-flv': null,
  'application/mxf': null,
  'application/vnd.rn-realmedia': null,
} as const satisfies Record<string, Reader | null>;

export const RECORDING_TYPES: readonly string[] = Object.keys(FORMATS);

/** Decoder of this media type without ffmpeg, or null. */
export function readerWithoutFfmpeg(mediaType: string): Reader | null {
  const formats: Record<string, Reader | null> = FORMATS;
  return formats[mediaType] ?? null;
}

/**
 * Demuxers that ffmpeg may use, without playlists and scripts (`hls`, `concat`, …): with these an
 * uploaded text could refer to other files of this machine.
 */
export const DEMUXERS: readonly string[] = [
  ...['wav', 'w64', 'mp3', 'aac', 'flac', 'ogg', 'mov', 'matroska', 'avi', 'asf', 'aiff', 'caf'],
  ...[
    'au',
    'amr',
    'amrnb',
    'amrwb',
    'wv',
    'ac3',
    'eac3',
    'ape',
    'qcp',
    'dsf',
    'mpc',
    'mpc8',
    'voc',
  ],
  ...['mpegts', 'mpeg', 'mpegvideo', 'flv', 'mxf', 'rm'],
];
