/**
 * An entry of a menu.
 *
 * @module
 */
export interface MenuItem {
  readonly label: string;
  /** Makes the entry a download link. */
  readonly href?: string;
  /** File name of the download; a name sent by the server takes precedence. */
  readonly download?: string;
  readonly onSelect?: () => void;
}
