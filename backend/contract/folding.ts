/**
 * Spelling differences that searches ignore, shared by server and client.
 *
 * @module
 */

/** Characters that stand for an apostrophe; all are folded to the first. */
export const APOSTROPHES = "'\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u2032\u00b4`\uff07\uff40";

/** Soft hyphens, joiners, direction marks and the like, as the inside of a character class. */
export const IGNORABLE = '\\p{Default_Ignorable_Code_Point}\\u0640';
