/**
 * An entry of a menu.
 *
 * @module
 */
export interface MenuItem {
  readonly label: string;
  /** Makes it a link that is downloaded. */
  readonly href?: string;
  /** Name of the download; the server's word counts where it has one. */
  readonly download?: string;
  readonly onSelect?: () => void;
}
