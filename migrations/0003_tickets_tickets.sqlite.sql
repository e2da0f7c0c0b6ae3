-- Tickets: the present of a matter; how it came to be stands in its facts, from which it can be rebuilt.
CREATE TABLE tickets (
  id              INTEGER PRIMARY KEY,
  tenant_id       INTEGER NOT NULL,
  number          INTEGER NOT NULL,
  wall_id         INTEGER NOT NULL,
  brand_id        INTEGER NOT NULL,
  root_id         INTEGER,
  merged_into_id  INTEGER,
  follows_id      INTEGER,
  split_from_id   INTEGER,
  reply_expected  INTEGER NOT NULL,
  type            TEXT NOT NULL,
  state           TEXT NOT NULL,
  status          TEXT NOT NULL,
  priority        TEXT NOT NULL,
  team_id         INTEGER,
  assignee_id     INTEGER,
  requester_id    INTEGER NOT NULL,
  cc              TEXT NOT NULL,
  mailbox_id      INTEGER,
  channel         TEXT NOT NULL,
  tags            TEXT NOT NULL,
  subject         TEXT NOT NULL,
  subject_folded  TEXT NOT NULL,
  fields          TEXT NOT NULL,
  messages_count  INTEGER NOT NULL,
  last_message_id INTEGER,
  last_message_by TEXT,
  last_message_at INTEGER,
  snippet         TEXT NOT NULL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  solved_at       INTEGER,
  revision        INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX tickets_number ON tickets (tenant_id, number);
-- What follows `id` is there to be looked at: a list narrows by it without going to the ticket.
CREATE INDEX tickets_updated ON tickets (tenant_id, updated_at, id, wall_id, status, team_id) WHERE root_id IS NULL;
CREATE INDEX tickets_active ON tickets (tenant_id, updated_at, id, wall_id, status) WHERE root_id IS NULL AND reply_expected = 1 AND status <> 'solved' AND status <> 'closed';
CREATE INDEX tickets_active_team ON tickets (tenant_id, team_id, updated_at, id, wall_id) WHERE root_id IS NULL AND reply_expected = 1 AND status <> 'solved' AND status <> 'closed' AND team_id IS NOT NULL;
CREATE INDEX tickets_active_assignee ON tickets (tenant_id, assignee_id, updated_at, id, wall_id, team_id) WHERE root_id IS NULL AND reply_expected = 1 AND status <> 'solved' AND status <> 'closed';
CREATE INDEX tickets_copied ON tickets (tenant_id, updated_at, id, wall_id) WHERE root_id IS NULL AND reply_expected = 0 AND status <> 'solved' AND status <> 'closed';
-- Those that were merged, by where they are read.
CREATE INDEX tickets_root ON tickets (tenant_id, root_id) WHERE root_id IS NOT NULL;
CREATE INDEX tickets_requester ON tickets (tenant_id, requester_id, id);

CREATE TABLE tickets_tags (
  tenant_id INTEGER NOT NULL,
  tag       TEXT NOT NULL,
  ticket_id INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, tag, ticket_id)
) STRICT, WITHOUT ROWID;

-- A desk's own fields. `shape` is what of a field can be changed, as JSON.
CREATE TABLE tickets_fields (
  id        INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  key       TEXT NOT NULL,
  holds     TEXT NOT NULL,
  position  INTEGER NOT NULL,
  shape     TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, key)
) STRICT;
-- What tickets hold in them, for conditions: folded words, numbers and days, ids and moments and yes or no.
CREATE TABLE tickets_held (
  tenant_id INTEGER NOT NULL,
  field_id  INTEGER NOT NULL,
  ticket_id INTEGER NOT NULL,
  n         INTEGER NOT NULL,
  word      TEXT,
  number    REAL,
  whole     INTEGER,
  PRIMARY KEY (tenant_id, field_id, ticket_id, n)
) STRICT, WITHOUT ROWID;

-- States that a desk made, beside those that are shipped. `shape` is what of a state can be changed, as JSON.
CREATE TABLE tickets_states (
  id        INTEGER PRIMARY KEY,
  tenant_id INTEGER NOT NULL,
  key       TEXT NOT NULL,
  status    TEXT NOT NULL,
  shape     TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, key)
) STRICT;

CREATE TABLE tickets_numbers (
  tenant_id INTEGER NOT NULL PRIMARY KEY,
  last      INTEGER NOT NULL
) STRICT;

-- One thing said on a ticket; never changed.
CREATE TABLE tickets_messages (
  id          INTEGER PRIMARY KEY,
  tenant_id   INTEGER NOT NULL,
  ticket_id   INTEGER NOT NULL,
  visibility  TEXT NOT NULL,
  direction   TEXT NOT NULL,
  author_kind TEXT NOT NULL,
  author_id   INTEGER,
  channel     TEXT NOT NULL,
  verified    INTEGER NOT NULL,
  automatic   INTEGER NOT NULL,
  dismissed   INTEGER NOT NULL DEFAULT 0,
  flaws       TEXT NOT NULL,
  subject     TEXT,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  text        TEXT NOT NULL,
  html        TEXT,
  envelope    TEXT,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX tickets_messages_ticket ON tickets_messages (tenant_id, ticket_id, id);

-- Files; one without a message was uploaded and not yet sent.
CREATE TABLE tickets_attachments (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  ticket_id  INTEGER,
  message_id INTEGER,
  name       TEXT NOT NULL,
  type       TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  blob       TEXT NOT NULL,
  blob_from  INTEGER NOT NULL,
  blob_bytes INTEGER NOT NULL,
  encoding   TEXT NOT NULL,
  inline     INTEGER NOT NULL,
  cid        TEXT,
  actor_id   INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX tickets_attachments_message ON tickets_attachments (tenant_id, message_id);
-- Uploads that no message took yet, and files that are blobs by themselves.
CREATE INDEX tickets_attachments_unused ON tickets_attachments (created_at) WHERE message_id IS NULL;
CREATE INDEX tickets_attachments_plain ON tickets_attachments (tenant_id, blob) WHERE encoding = 'plain';
-- Files on the disk that no row names any more; they go once no backup that is being made can name them.
CREATE TABLE tickets_removed_files (
  tenant_id  INTEGER NOT NULL,
  file       TEXT NOT NULL,
  removed_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, file)
) STRICT, WITHOUT ROWID;

-- For other domains.
CREATE VIEW tickets_v AS SELECT tenant_id, id AS ticket_id, number, wall_id, brand_id, status, team_id, assignee_id, requester_id, mailbox_id, subject, cc, root_id FROM tickets;
CREATE VIEW tickets_messages_v AS SELECT tenant_id, id AS message_id, ticket_id, visibility, direction, author_kind, author_id, subject, text, html, occurred_at, recorded_at FROM tickets_messages;
CREATE VIEW tickets_attachments_v AS SELECT tenant_id, id AS attachment_id, message_id, name, type, size_bytes, blob, blob_from, blob_bytes, encoding, inline, cid FROM tickets_attachments;

-- Where each answer is on its way out; whoever carries it says so.
CREATE TABLE tickets_deliveries (
  tenant_id  INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  -- On which ticket the answer stands, as its message has it: lists ask of each ticket whether anything is missing.
  ticket_id  INTEGER NOT NULL,
  state      TEXT NOT NULL,
  attempts   INTEGER NOT NULL,
  code       TEXT,
  detail     TEXT,
  at         INTEGER NOT NULL,
  recipients TEXT,
  -- What is to be said of an answer that did not reach everybody: `failed` or `unknown`.
  undelivered TEXT,
  PRIMARY KEY (tenant_id, message_id)
) STRICT, WITHOUT ROWID;
-- Answers that did not reach everybody are few, and asked for often.
CREATE INDEX tickets_deliveries_not ON tickets_deliveries (tenant_id, ticket_id) WHERE undelivered IS NOT NULL;
