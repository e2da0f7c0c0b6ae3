/** The steps that tickets go through. */

import type { Label } from './fields.ts';
import type { Id, Status, TicketType } from './schema.ts';

export interface TicketState {
  key: string;
  status: Status;
  builtin: boolean;
  /** How the desk calls a state that it made; the built-in ones are named by the catalogs. */
  label?: Label | null;
  id?: Id | null;
  types?: TicketType[];
  archived?: boolean;
  revision?: number | null;
  can?: string[];
}
/** What of a state can be changed. */
export interface StateShape {
  label: Label;
  types: TicketType[];
  archived: boolean;
}
