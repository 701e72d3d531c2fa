/**
 * The signed-in user.
 *
 * @module
 */
import * as v from 'valibot';

export const ROLES = ['user', 'admin'] as const;

/** Response of `GET /me`. */
export const Me = v.object({ id: v.string(), name: v.string(), role: v.picklist(ROLES) });
export type Me = v.InferOutput<typeof Me>;
