-- Tickets: the present of a matter; how it came to be stands in its facts, from which it can be rebuilt.
CREATE TABLE tickets (
  id              BIGINT NOT NULL,
  tenant_id       BIGINT NOT NULL,
  number          BIGINT NOT NULL,
  wall_id         BIGINT NOT NULL,
  brand_id        BIGINT NOT NULL,
  root_id         BIGINT,
  merged_into_id  BIGINT,
  follows_id      BIGINT,
  split_from_id   BIGINT,
  reply_expected  BIGINT NOT NULL,
  type            TEXT NOT NULL,
  state           TEXT NOT NULL,
  status          TEXT NOT NULL,
  priority        TEXT NOT NULL,
  team_id         BIGINT,
  assignee_id     BIGINT,
  requester_id    BIGINT NOT NULL,
  cc              TEXT NOT NULL,
  mailbox_id      BIGINT,
  channel         TEXT NOT NULL,
  tags            TEXT NOT NULL,
  subject         TEXT NOT NULL,
  subject_folded  TEXT NOT NULL,
  fields          TEXT NOT NULL,
  messages_count  BIGINT NOT NULL,
  last_message_id BIGINT,
  last_message_by TEXT,
  last_message_at BIGINT,
  snippet         TEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  updated_at      BIGINT NOT NULL,
  solved_at       BIGINT,
  revision        BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX tickets_number ON tickets (tenant_id, number);
-- SQLite looks at more columns in the index itself; PostgreSQL would take them for reasons to sort anew (decision 0013).
CREATE INDEX tickets_updated ON tickets (tenant_id, updated_at, id) WHERE root_id IS NULL;
CREATE INDEX tickets_active ON tickets (tenant_id, updated_at, id) WHERE root_id IS NULL AND reply_expected = 1 AND status <> 'solved' AND status <> 'closed';
CREATE INDEX tickets_active_team ON tickets (tenant_id, team_id, updated_at, id) WHERE root_id IS NULL AND reply_expected = 1 AND status <> 'solved' AND status <> 'closed' AND team_id IS NOT NULL;
CREATE INDEX tickets_active_assignee ON tickets (tenant_id, assignee_id, updated_at, id) WHERE root_id IS NULL AND reply_expected = 1 AND status <> 'solved' AND status <> 'closed';
CREATE INDEX tickets_copied ON tickets (tenant_id, updated_at, id) WHERE root_id IS NULL AND reply_expected = 0 AND status <> 'solved' AND status <> 'closed';
-- Those that were merged, by where they are read.
CREATE INDEX tickets_root ON tickets (tenant_id, root_id) WHERE root_id IS NOT NULL;
CREATE INDEX tickets_requester ON tickets (tenant_id, requester_id, id);

CREATE TABLE tickets_tags (
  tenant_id BIGINT NOT NULL,
  tag       TEXT NOT NULL,
  ticket_id BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, tag, ticket_id)
);

-- A desk's own fields. `shape` is what of a field can be changed, as JSON.
CREATE TABLE tickets_fields (
  id        BIGINT NOT NULL,
  tenant_id BIGINT NOT NULL,
  key       TEXT NOT NULL,
  holds     TEXT NOT NULL,
  position  BIGINT NOT NULL,
  shape     TEXT NOT NULL,
  revision  BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, key)
);
-- What tickets hold in them, for conditions: folded words, numbers and days, ids and moments and yes or no.
CREATE TABLE tickets_held (
  tenant_id BIGINT NOT NULL,
  field_id  BIGINT NOT NULL,
  ticket_id BIGINT NOT NULL,
  n         BIGINT NOT NULL,
  word      TEXT,
  number    DOUBLE PRECISION,
  whole     BIGINT,
  PRIMARY KEY (tenant_id, field_id, ticket_id, n)
);

-- States that a desk made, beside those that are shipped. `shape` is what of a state can be changed, as JSON.
CREATE TABLE tickets_states (
  id        BIGINT NOT NULL,
  tenant_id BIGINT NOT NULL,
  key       TEXT NOT NULL,
  status    TEXT NOT NULL,
  shape     TEXT NOT NULL,
  revision  BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, key)
);

CREATE TABLE tickets_numbers (
  tenant_id BIGINT NOT NULL PRIMARY KEY,
  last      BIGINT NOT NULL
);

-- One thing said on a ticket; never changed.
CREATE TABLE tickets_messages (
  id          BIGINT NOT NULL,
  tenant_id   BIGINT NOT NULL,
  ticket_id   BIGINT NOT NULL,
  visibility  TEXT NOT NULL,
  direction   TEXT NOT NULL,
  author_kind TEXT NOT NULL,
  author_id   BIGINT,
  channel     TEXT NOT NULL,
  verified    BIGINT NOT NULL,
  automatic   BIGINT NOT NULL,
  dismissed   BIGINT NOT NULL DEFAULT 0,
  flaws       TEXT NOT NULL,
  subject     TEXT,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  text        TEXT NOT NULL,
  html        TEXT,
  envelope    TEXT,
  PRIMARY KEY (tenant_id, ticket_id, id)
);
CREATE UNIQUE INDEX tickets_messages_id ON tickets_messages (tenant_id, id);

-- Files; one without a message was uploaded and not yet sent.
CREATE TABLE tickets_attachments (
  id         BIGINT NOT NULL,
  tenant_id  BIGINT NOT NULL,
  ticket_id  BIGINT,
  message_id BIGINT,
  name       TEXT NOT NULL,
  type       TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  blob       TEXT NOT NULL,
  blob_from  BIGINT NOT NULL,
  blob_bytes BIGINT NOT NULL,
  encoding   TEXT NOT NULL,
  inline     BIGINT NOT NULL,
  cid        TEXT,
  actor_id   BIGINT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX tickets_attachments_message ON tickets_attachments (tenant_id, message_id);
-- Uploads that no message took yet, and files that are blobs by themselves.
CREATE INDEX tickets_attachments_unused ON tickets_attachments (created_at) WHERE message_id IS NULL;
CREATE INDEX tickets_attachments_plain ON tickets_attachments (tenant_id, blob) WHERE encoding = 'plain';
-- Files on the disk that no row names any more; they go once no backup that is being made can name them.
CREATE TABLE tickets_removed_files (
  tenant_id  BIGINT NOT NULL,
  file       TEXT NOT NULL,
  removed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, file)
);

-- For other domains.
CREATE VIEW tickets_v AS SELECT tenant_id, id AS ticket_id, number, wall_id, brand_id, status, team_id, assignee_id, requester_id, mailbox_id, subject, cc, root_id FROM tickets;
CREATE VIEW tickets_messages_v AS SELECT tenant_id, id AS message_id, ticket_id, visibility, direction, author_kind, author_id, subject, text, html, occurred_at, recorded_at FROM tickets_messages;
CREATE VIEW tickets_attachments_v AS SELECT tenant_id, id AS attachment_id, message_id, name, type, size_bytes, blob, blob_from, blob_bytes, encoding, inline, cid FROM tickets_attachments;

-- Where each answer is on its way out; whoever carries it says so.
CREATE TABLE tickets_deliveries (
  tenant_id  BIGINT NOT NULL,
  message_id BIGINT NOT NULL,
  -- On which ticket the answer stands, as its message has it: lists ask of each ticket whether anything is missing.
  ticket_id  BIGINT NOT NULL,
  state      TEXT NOT NULL,
  attempts   BIGINT NOT NULL,
  code       TEXT,
  detail     TEXT,
  at         BIGINT NOT NULL,
  recipients TEXT,
  -- What is to be said of an answer that did not reach everybody: `failed` or `unknown`.
  undelivered TEXT,
  PRIMARY KEY (tenant_id, message_id)
);
-- Answers that did not reach everybody are few, and asked for often.
CREATE INDEX tickets_deliveries_not ON tickets_deliveries (tenant_id, ticket_id) WHERE undelivered IS NOT NULL;
