-- Facts: what happened, never changed; only wall_id follows the thing that they are about. A stream's facts are
-- numbered by seq, which is its revision.
CREATE TABLE facts (
  id          INTEGER PRIMARY KEY,
  tenant_id   INTEGER NOT NULL,
  stream_kind TEXT NOT NULL,
  stream_id   INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  data        TEXT NOT NULL,
  actor_kind  TEXT NOT NULL,
  actor_id    INTEGER,
  origin      TEXT NOT NULL,
  depth       INTEGER NOT NULL,
  wall_id     INTEGER,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX facts_stream ON facts (tenant_id, stream_id, seq);

-- Text about people that a fact speaks of, apart, so that it can be erased.
CREATE TABLE fact_texts (
  tenant_id INTEGER NOT NULL,
  fact_id   INTEGER NOT NULL,
  name      TEXT NOT NULL,
  text      TEXT NOT NULL,
  PRIMARY KEY (tenant_id, fact_id, name)
) STRICT, WITHOUT ROWID;

-- Facts that the listeners have not heard yet, in the order of their streams.
CREATE TABLE dispatches (
  tenant_id INTEGER NOT NULL,
  bucket    INTEGER NOT NULL,
  stream_id INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  fact_id   INTEGER NOT NULL,
  PRIMARY KEY (bucket, stream_id, seq)
) STRICT, WITHOUT ROWID;

-- Facts that one listener could not hear, and those of the same stream that wait behind them.
CREATE TABLE parked_facts (
  tenant_id   INTEGER NOT NULL,
  listener    TEXT NOT NULL,
  bucket      INTEGER NOT NULL,
  stream_kind TEXT NOT NULL,
  stream_id   INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  fact_id     INTEGER NOT NULL,
  attempts    INTEGER NOT NULL,
  next_at     INTEGER NOT NULL,
  state       TEXT NOT NULL,
  error       TEXT,
  since       INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, listener, stream_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_facts_due ON parked_facts (next_at);
CREATE INDEX parked_facts_stream ON parked_facts (stream_id);

-- Committed facts of a tenant, counted without a gap.
CREATE TABLE feed (
  tenant_id INTEGER NOT NULL,
  feed_seq  INTEGER NOT NULL,
  fact_id   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, feed_seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE feed_heads (
  tenant_id INTEGER NOT NULL PRIMARY KEY,
  head      INTEGER NOT NULL
) STRICT;

-- What only one node works on at a time: a bucket of streams, a mailbox.
CREATE TABLE leases (
  name  TEXT NOT NULL PRIMARY KEY,
  node  INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE TABLE nodes (
  node       INTEGER NOT NULL PRIMARY KEY,
  holder     TEXT NOT NULL,
  until      INTEGER NOT NULL,
  high_water INTEGER NOT NULL
) STRICT;

-- Work for later. Of a topic there is one job that waits or runs; what is wanted while it runs is remembered on it.
CREATE TABLE jobs (
  id           INTEGER PRIMARY KEY,
  tenant_id    INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  topic        TEXT,
  data         TEXT NOT NULL,
  run_at       INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  state        TEXT NOT NULL,
  leased_by    INTEGER,
  leased_until INTEGER,
  error        TEXT,
  wanted_at    INTEGER,
  wanted_data  TEXT,
  created_at   INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_leased ON jobs (leased_until) WHERE state = 'running';
CREATE UNIQUE INDEX jobs_topic ON jobs (tenant_id, kind, topic) WHERE topic IS NOT NULL AND state <> 'dead';
CREATE INDEX jobs_dead ON jobs (tenant_id, id) WHERE state = 'dead';

-- Answers to POSTs that carried an Idempotency-Key.
CREATE TABLE idempotency_keys (
  tenant_id  INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  key        TEXT NOT NULL,
  request    BLOB NOT NULL,
  status     INTEGER NOT NULL,
  headers    TEXT NOT NULL,
  body       BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, actor, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Blobs that are too small for a file of their own. A row never changes.
CREATE TABLE small_blobs (
  tenant_id INTEGER NOT NULL,
  name      TEXT NOT NULL,
  bytes     BLOB NOT NULL,
  PRIMARY KEY (tenant_id, name)
) STRICT;

-- Secrets that were typed in, sealed.
CREATE TABLE secrets (
  id         INTEGER PRIMARY KEY,
  tenant_id  INTEGER NOT NULL,
  key_id     TEXT NOT NULL,
  sealed     BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (tenant_id, id)
) STRICT;

-- Small settings of the whole installation.
CREATE TABLE house_settings (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
