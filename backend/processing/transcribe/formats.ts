/**
 * The recordings that can be read, by media type as `file-type` names them, and who reads them.
 *
 * @module
 */
import type decode from 'audio-decode';

/** Formats that `audio-decode` decodes piece by piece. */
export type PackageFormat = Parameters<typeof decode>[1] | 'mkv' | 'avi' | 'ac3' | 'wv';

/** `null`: only where ffmpeg is installed. WAV is read by {@link "./wav.ts"} first. */
const FORMATS = {
  'audio/wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/ogg': 'oga',
  'audio/ogg; codecs=opus': 'opus',
  'application/ogg': 'oga',
  'audio/aiff': 'aiff',
  'audio/amr': 'amr',
  'audio/x-caf': 'caf',
  'audio/wavpack': 'wv',
  'audio/x-ms-asf': 'wma',
  'audio/vnd.dolby.dd-raw': 'ac3',
  'audio/ape': null,
  'audio/qcelp': null,
  'audio/x-dsf': null,
  'audio/x-musepack': null,
  'audio/x-voc': null,
  'video/mp4': 'm4a',
  'video/x-m4v': 'm4a',
  'video/quicktime': 'm4a',
  'video/3gpp': 'm4a',
  'video/3gpp2': 'm4a',
  'video/webm': 'webm',
  'video/matroska': 'mkv',
  'video/vnd.avi': 'avi',
  'video/x-ms-asf': 'wma',
  'application/vnd.ms-asf': 'wma',
  'video/ogg': null,
  'video/mp2t': null,
  'video/mpeg': null,
  'video/MP1S': null,
  'video/MP2P': null,
  'video/x-flv': null,
  'application/mxf': null,
  'application/vnd.rn-realmedia': null,
} as const satisfies Record<string, PackageFormat | null>;

export const RECORDING_TYPES: readonly string[] = Object.keys(FORMATS);

/** The name that `audio-decode` has for a media type, or null where it cannot read it. */
export function packageFormat(mediaType: string): PackageFormat | null {
  const formats: Record<string, PackageFormat | null> = FORMATS;
  return formats[mediaType] ?? null;
}

/**
 * Demuxers that ffmpeg may use. Playlists and scripts (`hls`, `concat`, …) are not among them: they
 * would let an uploaded text name other files of this machine.
 */
export const DEMUXERS: readonly string[] = [
  ...['wav', 'w64', 'mp3', 'aac', 'flac', 'ogg', 'mov', 'matroska', 'avi', 'asf', 'aiff', 'caf'],
  ...['amr', 'amrnb', 'amrwb', 'wv', 'ac3', 'eac3', 'ape', 'qcp', 'dsf', 'mpc', 'mpc8', 'voc'],
  ...['mpegts', 'mpeg', 'mpegvideo', 'flv', 'mxf', 'rm'],
];
