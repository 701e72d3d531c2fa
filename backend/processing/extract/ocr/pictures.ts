/**
 * Pages of a picture file, each in a format that the recogniser supports.
 *
 * @module
 */
import UTIF from 'utif2';

const MOST_PIXELS = 200_000_000;

/** A file of one picture or, as fax machines and scanners make them, of many. */
export interface Pictures {
  readonly count: number;
  /** Picture `at`, counted from 0. Throws if it cannot be decoded. */
  read(at: number): Uint8Array;
}

export function picturesOf(bytes: Uint8Array<ArrayBuffer>, mediaType: string): Pictures {
  return mediaType === 'image/tiff' ? tiffPictures(bytes) : { count: 1, read: () => bytes };
}

/** Directories of a TIFF; small ones beside large ones are previews. */
function tiffPictures(bytes: Uint8Array<ArrayBuffer>): Pictures {
  const all = UTIF.decode(bytes.buffer).filter((directory) => sizeOf(directory) > 0);
  const largest = Math.max(0, ...all.map(sizeOf));
  const pages = all.filter((directory) => sizeOf(directory) > largest / 16);
  if (pages.length === 0) throw new Error('No picture in it');
  return {
    count: pages.length,
    read(at) {
      const page = pages[at]!;
      if (sizeOf(page) > MOST_PIXELS) throw new Error('Too many pixels');
      UTIF.decodeImage(bytes.buffer, page);
      const picture = grayPicture(UTIF.toRGBA8(page), page.width, page.height);
      // Releases decoded pixels before the next page.
      (page as { data?: unknown }).data = undefined;
      return picture;
    },
  };
}

/** Width and height, from its tags until it is decoded. */
function sizeOf(directory: UTIF.IFD): number {
  const tag = (name: string) => Number((directory[name] as number[] | undefined)?.[0] ?? 0);
  return tag('t256') * tag('t257');
}

/** Bytes of a pixel: green between red and blue, in either order, and one that is not used. */
const CHANNELS = 4;

/** The pixels in gray, as PNM; a row has `stride` bytes. */
export function grayPicture(
  pixels: Uint8Array,
  width: number,
  height: number,
  stride: number = width * CHANNELS,
): Uint8Array {
  const head = new TextEncoder().encode(`P5 ${width} ${height} 255\n`);
  const picture = new Uint8Array(head.length + width * height);
  picture.set(head);
  for (let y = 0, to = head.length; y < height; y++) {
    for (let x = 0, from = y * stride; x < width; x++, from += CHANNELS) {
      picture[to++] = (pixels[from]! + 2 * pixels[from + 1]! + pixels[from + 2]!) >> 2;
    }
  }
  return picture;
}

/** True if all pixels of a gray PNM are equal, or nearly. */
export function isBlank(picture: Uint8Array): boolean {
  // Behind the head, which is short.
  let [least, most] = [255, 0];
  for (let at = 32; at < picture.length; at++) {
    const value = picture[at]!;
    if (value < least) least = value;
    if (value > most) most = value;
    if (most - least > 24) return false;
  }
  return true;
}
