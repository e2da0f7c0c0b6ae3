-- One desk. Its row bears the tenant's id itself.
CREATE TABLE people_tenants (
  tenant_id        INTEGER PRIMARY KEY,
  slug             TEXT NOT NULL UNIQUE,
  name             TEXT NOT NULL,
  time_zone        TEXT NOT NULL,
  language         TEXT NOT NULL,
  default_wall_id  INTEGER NOT NULL,
  default_brand_id INTEGER NOT NULL,
  colour           TEXT,
  revision         INTEGER NOT NULL,
  created_at       INTEGER NOT NULL
) STRICT;

-- Who may see a ticket at all: everyone of the tenant behind an open wall, otherwise those who are
-- let in, by themselves or with a team.
CREATE TABLE people_walls (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  name       TEXT NOT NULL,
  open       INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX people_walls_name ON people_walls (tenant_id, name);
CREATE TABLE people_wall_agents (
  tenant_id INTEGER NOT NULL,
  wall_id   INTEGER NOT NULL,
  agent_id  INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, wall_id, agent_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE people_wall_teams (
  tenant_id INTEGER NOT NULL,
  wall_id   INTEGER NOT NULL,
  team_id   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, wall_id, team_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE people_brands (
  id        INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  name      TEXT NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;

-- Who can sign in, once for all tenants. A session that is older than the password is dead.
CREATE TABLE people_accounts (
  id                  INTEGER PRIMARY KEY,
  email               TEXT NOT NULL UNIQUE,
  name                TEXT NOT NULL,
  password_hash       TEXT NOT NULL,
  password_changed_at INTEGER NOT NULL,
  language            TEXT NOT NULL,
  theme               TEXT NOT NULL,
  density             TEXT NOT NULL,
  created_at          INTEGER NOT NULL
) STRICT;

-- The second step of an account: the secret that its owner's authenticator shares, sealed. Without `confirmed_at` it
-- was only begun. A code counts for one step of time (RFC 6238), and none that is not later than the last one used.
CREATE TABLE people_second_steps (
  account_id   INTEGER NOT NULL PRIMARY KEY,
  key_id       TEXT NOT NULL,
  sealed       BLOB NOT NULL,
  begun_at     INTEGER NOT NULL,
  confirmed_at INTEGER,
  last_step    INTEGER NOT NULL
) STRICT;

-- Codes for whoever has lost the authenticator; hashed, each good once.
CREATE TABLE people_recovery_codes (
  account_id INTEGER NOT NULL,
  code_hash  BLOB NOT NULL,
  PRIMARY KEY (account_id, code_hash)
) STRICT;

-- Passkeys of an account: their public halves, which are no secret (WebAuthn, credential records).
CREATE TABLE people_passkeys (
  id            INTEGER NOT NULL PRIMARY KEY,
  account_id    INTEGER NOT NULL,
  credential_id BLOB NOT NULL UNIQUE,
  kept          TEXT NOT NULL,
  name          TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  last_used_at  INTEGER
) STRICT;
CREATE INDEX people_passkeys_of ON people_passkeys (account_id);

-- Ceremonies by which somebody signed in: each is good once. Swept out when they are too old to be shown again.
CREATE TABLE people_used_ceremonies (
  word_hash BLOB NOT NULL PRIMARY KEY,
  used_at   INTEGER NOT NULL
) STRICT;

-- The one word with which the first desk may be founded; hashed, gone once it was used.
CREATE TABLE people_setup_words (
  word_hash  TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

-- Sign-ins that failed lately, by whom or from where they were tried; the subject is hashed.
CREATE TABLE people_sign_in_failures (
  subject      TEXT NOT NULL PRIMARY KEY,
  failures     INTEGER NOT NULL,
  last_at      INTEGER NOT NULL,
  locked_until INTEGER NOT NULL
) STRICT;

-- An account's place in one tenant. The name is the one that it bears there.
CREATE TABLE people_memberships (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  name       TEXT NOT NULL,
  state      TEXT NOT NULL,
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX people_memberships_account ON people_memberships (tenant_id, account_id);
CREATE INDEX people_memberships_of ON people_memberships (account_id);

CREATE TABLE people_roles (
  id        INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  key       TEXT NOT NULL,
  name      TEXT NOT NULL,
  rights    TEXT NOT NULL,
  builtin   INTEGER NOT NULL,
  revision  INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX people_roles_key ON people_roles (tenant_id, key);
CREATE TABLE people_membership_roles (
  tenant_id INTEGER NOT NULL,
  agent_id  INTEGER NOT NULL,
  role_id   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_membership_roles_role ON people_membership_roles (tenant_id, role_id);

-- Who may come in, from where and for how long: for everybody at the desk (`role_id` 0), or for those of a role.
CREATE TABLE people_sign_in_policies (
  id           INTEGER PRIMARY KEY,
  tenant_id    INTEGER NOT NULL,
  role_id      INTEGER NOT NULL,
  second_step  INTEGER NOT NULL,
  idle_seconds INTEGER,
  age_seconds  INTEGER,
  networks     TEXT NOT NULL,
  revision     INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX people_sign_in_policies_of ON people_sign_in_policies (tenant_id, role_id);

CREATE TABLE people_teams (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  name       TEXT NOT NULL,
  archived   INTEGER NOT NULL,
  builtin    INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX people_teams_name ON people_teams (tenant_id, name);
CREATE TABLE people_team_agents (
  tenant_id INTEGER NOT NULL,
  team_id   INTEGER NOT NULL,
  agent_id  INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, team_id, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_team_agents_agent ON people_team_agents (tenant_id, agent_id);

-- Signed-in browsers. Of the word in the cookie only a hash is kept.
CREATE TABLE people_sessions (
  id           INTEGER PRIMARY KEY,
  tenant_id    INTEGER NOT NULL,
  account_id   INTEGER NOT NULL,
  agent_id     INTEGER NOT NULL,
  -- The session from which its owner went on to this desk, and on from there: one browser has one of them at a desk.
  origin_id    INTEGER NOT NULL,
  means        TEXT NOT NULL,
  word_hash    BLOB NOT NULL UNIQUE,
  ip           TEXT NOT NULL,
  user_agent   TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX people_sessions_account ON people_sessions (tenant_id, account_id);

-- Programs' keys. `rights` narrows what the roles give; absent means all of it.
CREATE TABLE people_tokens (
  id           INTEGER PRIMARY KEY,
  tenant_id    INTEGER NOT NULL,
  name         TEXT NOT NULL,
  word_hash    BLOB NOT NULL UNIQUE,
  rights       TEXT,
  created_by   INTEGER,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  revoked_at   INTEGER,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE TABLE people_token_roles (
  tenant_id INTEGER NOT NULL,
  token_id  INTEGER NOT NULL,
  role_id   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, token_id, role_id)
) STRICT, WITHOUT ROWID;

-- Links by which an account joins a tenant, each good for one use.
CREATE TABLE people_invitations (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  email      TEXT NOT NULL,
  name       TEXT,
  roles      TEXT NOT NULL,
  teams      TEXT NOT NULL,
  word_hash  BLOB NOT NULL UNIQUE,
  state      TEXT NOT NULL,
  created_by INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX people_invitations_open ON people_invitations (tenant_id, state);

CREATE TABLE people_organizations (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  name       TEXT NOT NULL,
  search_key TEXT NOT NULL,
  root_id    INTEGER,
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE TABLE people_organization_domains (
  tenant_id       INTEGER NOT NULL,
  domain          TEXT NOT NULL,
  organization_id INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, domain)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_organization_domains_of ON people_organization_domains (tenant_id, organization_id);

-- People outside. `search_key` is the name and its reading, folded; `root_id` names whom a duplicate was merged into.
CREATE TABLE people_contacts (
  id              INTEGER PRIMARY KEY,
  tenant_id       INTEGER NOT NULL,
  name            TEXT NOT NULL,
  reading         TEXT,
  search_key      TEXT NOT NULL,
  organization_id INTEGER,
  title           TEXT,
  department      TEXT,
  language        TEXT,
  notes           TEXT,
  root_id         INTEGER,
  revision        INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX people_contacts_organization ON people_contacts (tenant_id, organization_id);
CREATE TABLE people_contact_addresses (
  tenant_id  INTEGER NOT NULL,
  address    TEXT NOT NULL,
  contact_id INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  verified   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_contact_addresses_contact ON people_contact_addresses (tenant_id, contact_id, position);
CREATE TABLE people_contact_phones (
  tenant_id  INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  number     TEXT NOT NULL,
  label      TEXT,
  PRIMARY KEY (tenant_id, contact_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX people_contact_phones_number ON people_contact_phones (tenant_id, number);

-- What other domains may join.
CREATE VIEW people_tenants_v AS
  SELECT tenant_id, slug, name, time_zone, language FROM people_tenants;
CREATE VIEW people_agents_v AS
  SELECT tenant_id, id AS agent_id, account_id, name, state FROM people_memberships;
CREATE VIEW people_tokens_v AS
  SELECT tenant_id, id AS token_id, name FROM people_tokens;
CREATE VIEW people_teams_v AS
  SELECT tenant_id, id AS team_id, name, archived FROM people_teams;
CREATE VIEW people_team_members_v AS
  SELECT tenant_id, team_id, agent_id FROM people_team_agents;
-- A subquery rather than a join: SQLite would work a joined view out for all contacts before it joins it to one.
CREATE VIEW people_contacts_v AS
  SELECT c.tenant_id, c.id AS contact_id, c.name, c.reading, c.organization_id,
         (SELECT o.name FROM people_organizations o WHERE o.tenant_id = c.tenant_id AND o.id = c.organization_id) AS organization_name
    FROM people_contacts c;
CREATE VIEW people_organizations_v AS
  SELECT tenant_id, id AS organization_id, name FROM people_organizations;
CREATE VIEW people_contact_addresses_v AS
  SELECT tenant_id, address, contact_id, position, verified FROM people_contact_addresses;
CREATE VIEW people_contact_phones_v AS
  SELECT tenant_id, number, contact_id, position FROM people_contact_phones;
