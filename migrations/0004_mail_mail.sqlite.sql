-- One address that we read and send from, and where its servers are. Passwords are sealed, in `secrets`. A removed
-- one stays for the letters that came through it.
CREATE TABLE mail_mailboxes (
  id              INTEGER PRIMARY KEY,
  tenant_id       INTEGER NOT NULL,
  brand_id        INTEGER NOT NULL,
  team_id         INTEGER,
  name            TEXT NOT NULL,
  address         TEXT NOT NULL,
  active          INTEGER NOT NULL,
  removed         INTEGER NOT NULL,
  imap_host       TEXT NOT NULL,
  imap_port       INTEGER NOT NULL,
  imap_tls        TEXT NOT NULL,
  imap_user       TEXT NOT NULL,
  imap_folder     TEXT NOT NULL,
  imap_taken_folder TEXT,
  imap_secret_id  INTEGER,
  smtp_host       TEXT NOT NULL,
  smtp_port       INTEGER NOT NULL,
  smtp_tls        TEXT NOT NULL,
  smtp_user       TEXT NOT NULL,
  smtp_secret_id  INTEGER,
  application_id  INTEGER,
  extra_ca        TEXT,
  plus_addressing INTEGER NOT NULL,
  after_crash     TEXT NOT NULL,
  taken_days      INTEGER NOT NULL,
  gateways        TEXT NOT NULL,
  quarantine_forged INTEGER NOT NULL,
  revision        INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX mail_mailboxes_address ON mail_mailboxes (tenant_id, address) WHERE removed = 0;

CREATE INDEX mail_mailboxes_reached ON mail_mailboxes (address) WHERE removed = 0;

-- How the watch over a mailbox goes: what was read, and what is in the way. Written often, so apart from the settings.
CREATE TABLE mail_watches (
  tenant_id    INTEGER NOT NULL,
  mailbox_id   INTEGER NOT NULL,
  uid_validity INTEGER,
  uid_last     INTEGER NOT NULL,
  left_below   INTEGER,
  left_before  INTEGER,
  last_seen_at INTEGER,
  in_error     TEXT,
  in_detail    TEXT,
  in_error_at  INTEGER,
  out_error    TEXT,
  out_detail   TEXT,
  out_error_at INTEGER,
  move_error   TEXT,
  move_detail  TEXT,
  move_error_at INTEGER,
  PRIMARY KEY (tenant_id, mailbox_id)
) STRICT, WITHOUT ROWID;

-- One mail as it came. Its bytes are a blob; the rest is known once it was read. What was handed to us has no number.
CREATE TABLE mail_letters (
  id            INTEGER PRIMARY KEY,
  tenant_id     INTEGER NOT NULL,
  mailbox_id    INTEGER NOT NULL,
  uid_validity  INTEGER,
  uid           INTEGER,
  size_bytes    INTEGER NOT NULL,
  head_only     INTEGER NOT NULL,
  blob          TEXT NOT NULL,
  sha256        BLOB NOT NULL,
  state         TEXT NOT NULL,
  reason        TEXT,
  detail        TEXT,
  mail_id       TEXT,
  content       BLOB,
  from_name     TEXT,
  from_address  TEXT,
  reply_address TEXT,
  subject       TEXT,
  sent_to       TEXT,
  cc            TEXT,
  contact_id    INTEGER,
  ticket_id     INTEGER,
  message_id    INTEGER,
  delivered_at  INTEGER NOT NULL,
  received_at   INTEGER NOT NULL,
  read_at       INTEGER,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX mail_letters_uid ON mail_letters (tenant_id, mailbox_id, uid_validity, uid);
CREATE INDEX mail_letters_mail ON mail_letters (tenant_id, mail_id);
CREATE INDEX mail_letters_ticket ON mail_letters (tenant_id, ticket_id, id);
CREATE INDEX mail_letters_aside ON mail_letters (tenant_id, state, id) WHERE state <> 'read';
CREATE INDEX mail_letters_sender ON mail_letters (tenant_id, from_address, delivered_at);

-- Message-IDs that we have seen or given, each once, and the message that it stands for.
CREATE TABLE mail_message_ids (
  tenant_id   INTEGER NOT NULL,
  mail_id     TEXT NOT NULL,
  mailbox_id  INTEGER NOT NULL,
  letter_id   INTEGER,
  outgoing_id INTEGER,
  ticket_id   INTEGER,
  message_id  INTEGER,
  -- Whether later letters name it as what they answer.
  named       INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, mail_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_message_ids_ticket ON mail_message_ids (tenant_id, ticket_id, message_id);

-- One mail on its way out; without a mailbox it waits for one.
CREATE TABLE mail_outgoing (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  ticket_id  INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  mailbox_id INTEGER,
  state      TEXT NOT NULL,
  attempts   INTEGER NOT NULL,
  attempt    TEXT,
  resent     INTEGER NOT NULL,
  mail_id    TEXT,
  error      TEXT,
  detail     TEXT,
  response   TEXT,
  dated_at   INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX mail_outgoing_message ON mail_outgoing (tenant_id, message_id);
CREATE INDEX mail_outgoing_waiting ON mail_outgoing (tenant_id, mailbox_id, created_at) WHERE state IN ('queued', 'sending');

-- For other domains.
CREATE VIEW mail_mailboxes_v AS
  SELECT tenant_id, id AS mailbox_id, brand_id, team_id, name, address, active, removed FROM mail_mailboxes;

-- Letters that were brought over from elsewhere, by the hash of their bytes, and the tickets that began with them.
CREATE TABLE mail_imported (
  tenant_id        INTEGER NOT NULL,
  mailbox_id       INTEGER NOT NULL,
  sha256           BLOB NOT NULL,
  letter_id        INTEGER NOT NULL,
  opened_ticket_id INTEGER,
  settled          INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, mailbox_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_imported_unsettled ON mail_imported (tenant_id, mailbox_id, opened_ticket_id) WHERE settled = 0;

-- How the letters of a gateway are read: whose word they are stands in their text.
CREATE TABLE mail_body_readers (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  mailbox_id INTEGER NOT NULL,
  gateway    TEXT NOT NULL,
  name       TEXT NOT NULL,
  labels     TEXT NOT NULL,
  active     INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX mail_body_readers_gateway ON mail_body_readers (tenant_id, mailbox_id, gateway, id);

-- How a team's letters look; team 0 is the desk itself.
CREATE TABLE mail_styles (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  team_id    INTEGER NOT NULL,
  style      TEXT NOT NULL,
  revision   INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX mail_styles_team ON mail_styles (tenant_id, team_id);

-- Of what agents want to be told by mail.
CREATE TABLE mail_notice_wishes (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  agent_id   INTEGER NOT NULL,
  heard      INTEGER NOT NULL,
  unassigned INTEGER NOT NULL,
  assigned   INTEGER NOT NULL,
  noted      INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX mail_notice_wishes_agent ON mail_notice_wishes (tenant_id, agent_id);

-- What a contact wishes of letters to them, whoever writes.
CREATE TABLE mail_wishes (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  quote      TEXT,
  revision   INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX mail_wishes_contact ON mail_wishes (tenant_id, contact_id);

-- Answers by machine, so that nobody gets too many; old ones are dropped.
CREATE TABLE mail_autoreplies (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  address    TEXT NOT NULL,
  kind       TEXT NOT NULL,
  at         INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX mail_autoreplies_address ON mail_autoreplies (tenant_id, address, at);

-- How a letter came that was handed to us: what the connection told, and the address that it was for.
CREATE TABLE mail_provenances (
  tenant_id INTEGER NOT NULL,
  letter_id INTEGER NOT NULL,
  road      TEXT NOT NULL,
  machine   TEXT NOT NULL,
  trusted   INTEGER NOT NULL,
  encrypted INTEGER NOT NULL,
  hello     TEXT NOT NULL,
  sender    TEXT,
  recipient TEXT NOT NULL,
  PRIMARY KEY (tenant_id, letter_id)
) STRICT, WITHOUT ROWID;

-- Keys that sign our letters; the private halves are sealed, in `secrets`.
CREATE TABLE mail_dkim_keys (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  domain     TEXT NOT NULL,
  selector   TEXT NOT NULL,
  algorithm  TEXT NOT NULL,
  secret_id  INTEGER NOT NULL,
  public     TEXT NOT NULL,
  active     INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX mail_dkim_keys_selector ON mail_dkim_keys (tenant_id, domain, selector);
-- The letter that a message came as.
CREATE INDEX mail_letters_message ON mail_letters (tenant_id, message_id) WHERE message_id IS NOT NULL;

-- Letters whose files open only with a password, for the letter that brings it.
CREATE TABLE mail_locked (
  tenant_id    INTEGER NOT NULL,
  letter_id    INTEGER NOT NULL,
  from_address TEXT NOT NULL,
  ticket_id    INTEGER NOT NULL,
  message_id   INTEGER NOT NULL,
  names        TEXT NOT NULL,
  subject      TEXT NOT NULL,
  came_at      INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, letter_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_locked_sender ON mail_locked (tenant_id, from_address, came_at);

-- Letters that bring a password whose file has not come yet. What they say stands in their message alone.
CREATE TABLE mail_passwords (
  tenant_id    INTEGER NOT NULL,
  letter_id    INTEGER NOT NULL,
  from_address TEXT NOT NULL,
  ticket_id    INTEGER,
  message_id   INTEGER,
  subject      TEXT NOT NULL,
  came_at      INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, letter_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_passwords_sender ON mail_passwords (tenant_id, from_address, came_at);

-- What was found about a letter's sender (SPF, DKIM, DMARC, ARC), and as it was written.
CREATE TABLE mail_verdicts (
  tenant_id    INTEGER NOT NULL,
  letter_id    INTEGER NOT NULL,
  source       TEXT NOT NULL,
  standing     TEXT NOT NULL,
  domain       TEXT,
  spf          TEXT NOT NULL,
  spf_domain   TEXT,
  dkim         TEXT NOT NULL,
  dkim_domain  TEXT,
  dmarc        TEXT NOT NULL,
  dmarc_domain TEXT,
  arc          TEXT NOT NULL,
  arc_domain   TEXT,
  policy       TEXT,
  raw          TEXT NOT NULL,
  found_at     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, letter_id)
) STRICT, WITHOUT ROWID;

-- OAuth applications by which mailboxes sign in; their secrets are sealed, in `secrets`.
CREATE TABLE mail_oauth_applications (
  id            INTEGER PRIMARY KEY,
  tenant_id     INTEGER NOT NULL,
  name          TEXT NOT NULL,
  provider      TEXT NOT NULL,
  flow          TEXT NOT NULL,
  client_id     TEXT NOT NULL,
  secret_id     INTEGER,
  authorize_url TEXT NOT NULL,
  token_url     TEXT NOT NULL,
  scopes        TEXT NOT NULL,
  directory     TEXT NOT NULL,
  revision      INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;

-- How a mailbox stands with its application: the tokens that it has, sealed in `secrets`, and who consented. Every change
-- makes it another version, so that an answer that comes late does not undo a newer one.
CREATE TABLE mail_grants (
  tenant_id         INTEGER NOT NULL,
  mailbox_id        INTEGER NOT NULL,
  application_id    INTEGER NOT NULL,
  state             TEXT NOT NULL,
  reason            TEXT,
  refresh_secret_id INTEGER,
  access_secret_id  INTEGER,
  access_until      INTEGER,
  agent_id          INTEGER,
  since             INTEGER NOT NULL,
  version           INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, mailbox_id)
) STRICT, WITHOUT ROWID;

-- Consents that somebody is being asked for in a browser; each is good once. Of its state only the hash is kept.
CREATE TABLE mail_consents (
  tenant_id      INTEGER NOT NULL,
  state_hash     BLOB NOT NULL,
  mailbox_id     INTEGER NOT NULL,
  application_id INTEGER NOT NULL,
  agent_id       INTEGER,
  door           INTEGER,
  expires_at     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, state_hash)
) STRICT, WITHOUT ROWID;
