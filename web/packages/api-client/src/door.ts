/** What one shows at the door, what is asked there, and the desks behind it. */
import type { Id, Locale } from './schema.ts';

/** One's second step; without `since`, none is asked for. */
export interface SecondStep {
  since: string | null;
  recovery_codes_left: number;
}
/** What an authenticator is told, once. */
export interface Enrolment {
  secret: string;
  address: string;
}
/** What the browser is asked, and the word that comes back with its answer. */
export interface Ceremony<Options> {
  ceremony: string;
  options: Options;
}
export interface Passkey {
  id: Id;
  name: string;
  created_at: string;
  last_used_at: string | null;
}
export interface RecoveryCodes {
  recovery_codes: string[];
}
/** What is asked of whoever comes in; of several that concern somebody, always the strictest. */
export interface SignInPolicy {
  /** Null for everybody at the desk. */
  role: string | null;
  role_name: string | null;
  second_step: boolean;
  idle_minutes: number | null;
  age_hours: number | null;
  networks: string[];
  agents: number;
  agents_with_second_step: number;
  revision: number;
  can: string[];
}
/** The desk, for those who may change it. */
export interface OwnDesk {
  name: string;
  colour: Colour | null;
  /** By its IANA name. */
  time_zone: string;
  language: Locale;
  revision: number;
}
/** Another desk at which one works. */
export interface OtherDesk {
  slug: string;
  name: string;
  colour: Colour | null;
}
export type SignInPolicyPatch = Partial<Pick<SignInPolicy, 'second_step' | 'idle_minutes' | 'age_hours' | 'networks'>>;
export type Colour = 'blue' | 'green' | 'yellow' | 'red' | 'purple' | 'teal' | 'pink' | 'grey';
