/** The shapes of what mailboxes sign in by. */
import type { Id } from './schema.ts';

/** Whether a mailbox may sign in by its application. */
export interface Consent {
  state: 'not_needed' | 'missing' | 'granted' | 'lost';
  /** Why it is lost, in the provider's words. */
  reason: string | null;
  agent: string | null;
  since: string | null;
}
export type OauthProvider = 'google' | 'microsoft' | 'other';
export type OauthFlow = 'authorization_code' | 'client_credentials';
/** An application by which mailboxes sign in, as it is registered at a provider. */
export interface OauthApplication {
  id: Id;
  name: string;
  provider: OauthProvider;
  flow: OauthFlow;
  client_id: string;
  has_secret: boolean;
  authorize_url: string;
  token_url: string;
  scopes: string;
  directory: string | null;
  revision: number;
  can: string[];
}
export interface OauthApplicationInput {
  name: string;
  provider: OauthProvider;
  flow: OauthFlow;
  client_id: string;
  client_secret?: string;
  authorize_url?: string;
  token_url?: string;
  scopes?: string;
  directory?: string;
}
/** What a provider sent back by the browser. */
export interface ConsentInput {
  state: string;
  code?: string;
  iss?: string;
  error?: string;
  error_description?: string;
}
