/** A desk's own fields on tickets, as the console uses them. */

import type { Channel, Id, Priority, TicketType } from './schema.ts';

export type Holds =
  | 'text'
  | 'long_text'
  | 'pattern'
  | 'number'
  | 'money'
  | 'date'
  | 'date_time'
  | 'choice'
  | 'cascade'
  | 'choices'
  | 'checkbox'
  | 'person'
  | 'organization'
  | 'file';
export type Required = 'never' | 'solve' | 'open';
/** Words of people in both languages; where one is missing the other stands for it. */
export interface Label {
  ja: string;
  en: string;
}
export interface Choice {
  key: string;
  label: Label;
  archived: boolean;
  choices?: Choice[];
}
export type Scalar = string | number | boolean;
export interface Test {
  field: string;
  op: 'is' | 'has_all' | 'contains' | 'begins' | 'lt' | 'lte' | 'gt' | 'gte' | 'empty';
  value?: Scalar | Scalar[];
}
/** A condition of the condition language. */
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Test;

/** What of a field can be changed. */
export interface FieldShape {
  label: Label;
  hint: Label;
  choices: Choice[];
  min: number | null;
  max: number | null;
  decimals: number;
  unit: string;
  pattern: string;
  types: TicketType[];
  when: Condition | null;
  required: Required;
  agents_only: boolean;
  archived: boolean;
}
export interface TicketField extends FieldShape {
  id: Id;
  key: string;
  holds: Holds;
  revision: number;
  can?: string[];
}
/** How many tickets lack a field, and the condition by which they are listed. */
export interface Unfilled {
  field: Id;
  open: number;
  done: number;
  condition: Condition;
}
export interface Era {
  letter: string;
  name: string;
  begins: string;
}
export type FieldValues = Record<string, unknown>;
/** A ticket that is being written, as far as fields ask for it. */
export interface FieldDraft {
  type?: TicketType;
  priority?: Priority;
  channel?: Channel;
  team?: Id;
  assignee?: Id;
  requester?: Id;
  tags?: string[];
  fields?: FieldValues;
}
