/** The shapes of how the letters of web forms are read. */
import type { Id } from './schema.ts';

/** What stands behind a label of a form. */
export type FormField = 'name' | 'email' | 'phone' | 'company' | 'subject' | 'content' | 'other' | 'end';
export interface FormLabel {
  label: string;
  field: FormField;
}
/** How the letters of a web form, fax or voicemail gateway are read. */
export interface BodyReader {
  id: Id;
  mailbox: Id;
  name: string;
  gateway: string;
  labels: FormLabel[];
  active: boolean;
  revision: number;
  can: string[];
}
export interface BodyReaderInput {
  name: string;
  gateway: string;
  labels: FormLabel[];
  active: boolean;
}
export interface BodyPreviewInput {
  letter?: Id;
  text?: string;
  labels?: FormLabel[];
}
/** What would be read in a letter. */
export interface BodyPreview {
  text: string;
  from: string | null;
  proposed: (FormLabel & { value: string })[];
  found: (FormLabel & { value: string })[];
  missing: string[];
  /** Labels that are in it more than once, and those behind which an address should stand and none does. */
  doubled: string[];
  without_address: string[];
  whole: boolean;
  name: string | null;
  email: string | null;
  phone: string | null;
  company: string | null;
  subject: string | null;
  content: string;
}
