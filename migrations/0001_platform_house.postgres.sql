-- Facts: what happened, never changed; only wall_id follows the thing that they are about. A stream's facts are
-- numbered by seq, which is its revision.
CREATE TABLE facts (
  id          BIGINT NOT NULL,
  tenant_id   BIGINT NOT NULL,
  stream_kind TEXT NOT NULL,
  stream_id   BIGINT NOT NULL,
  seq         BIGINT NOT NULL,
  kind        TEXT NOT NULL,
  data        TEXT NOT NULL,
  actor_kind  TEXT NOT NULL,
  actor_id    BIGINT,
  origin      TEXT NOT NULL,
  depth       BIGINT NOT NULL,
  wall_id     BIGINT,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX facts_stream ON facts (tenant_id, stream_id, seq);

-- Text about people that a fact speaks of, apart, so that it can be erased.
CREATE TABLE fact_texts (
  tenant_id BIGINT NOT NULL,
  fact_id   BIGINT NOT NULL,
  name      TEXT NOT NULL,
  text      TEXT NOT NULL,
  PRIMARY KEY (tenant_id, fact_id, name)
);

-- Facts that the listeners have not heard yet, in the order of their streams.
CREATE TABLE dispatches (
  tenant_id BIGINT NOT NULL,
  bucket    BIGINT NOT NULL,
  stream_id BIGINT NOT NULL,
  seq       BIGINT NOT NULL,
  fact_id   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, bucket, stream_id, seq)
);
CREATE INDEX dispatches_order ON dispatches (bucket, stream_id, seq);

-- Facts that one listener could not hear, and those of the same stream that wait behind them.
CREATE TABLE parked_facts (
  tenant_id   BIGINT NOT NULL,
  listener    TEXT NOT NULL,
  bucket      BIGINT NOT NULL,
  stream_kind TEXT NOT NULL,
  stream_id   BIGINT NOT NULL,
  seq         BIGINT NOT NULL,
  fact_id     BIGINT NOT NULL,
  attempts    BIGINT NOT NULL,
  next_at     BIGINT NOT NULL,
  state       TEXT NOT NULL,
  error       TEXT,
  since       BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, listener, stream_id, seq)
);
CREATE INDEX parked_facts_due ON parked_facts (next_at);
CREATE INDEX parked_facts_stream ON parked_facts (stream_id);

-- Committed facts of a tenant, counted without a gap.
CREATE TABLE feed (
  tenant_id BIGINT NOT NULL,
  feed_seq  BIGINT NOT NULL,
  fact_id   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, feed_seq)
);
CREATE TABLE feed_heads (
  tenant_id BIGINT NOT NULL PRIMARY KEY,
  head      BIGINT NOT NULL
);

-- What only one node works on at a time: a bucket of streams, a mailbox.
CREATE TABLE leases (
  name  TEXT NOT NULL PRIMARY KEY,
  node  BIGINT NOT NULL,
  until BIGINT NOT NULL
);
CREATE TABLE nodes (
  node       BIGINT NOT NULL PRIMARY KEY,
  holder     TEXT NOT NULL,
  until      BIGINT NOT NULL,
  high_water BIGINT NOT NULL
);

-- Work for later. Of a topic there is one job that waits or runs; what is wanted while it runs is remembered on it.
CREATE TABLE jobs (
  id           BIGINT NOT NULL,
  tenant_id    BIGINT NOT NULL,
  kind         TEXT NOT NULL,
  topic        TEXT,
  data         TEXT NOT NULL,
  run_at       BIGINT NOT NULL,
  attempts     BIGINT NOT NULL,
  state        TEXT NOT NULL,
  leased_by    BIGINT,
  leased_until BIGINT,
  error        TEXT,
  wanted_at    BIGINT,
  wanted_data  TEXT,
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_leased ON jobs (leased_until) WHERE state = 'running';
CREATE UNIQUE INDEX jobs_topic ON jobs (tenant_id, kind, topic) WHERE topic IS NOT NULL AND state <> 'dead';
CREATE INDEX jobs_dead ON jobs (tenant_id, id) WHERE state = 'dead';

-- Answers to POSTs that carried an Idempotency-Key.
CREATE TABLE idempotency_keys (
  tenant_id  BIGINT NOT NULL,
  actor      TEXT NOT NULL,
  key        TEXT NOT NULL,
  request    BYTEA NOT NULL,
  status     BIGINT NOT NULL,
  headers    TEXT NOT NULL,
  body       BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, actor, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Blobs that are too small for a file of their own. A row never changes.
CREATE TABLE small_blobs (
  tenant_id BIGINT NOT NULL,
  name      TEXT NOT NULL,
  bytes     BYTEA NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

-- Secrets that were typed in, sealed.
CREATE TABLE secrets (
  id         BIGINT NOT NULL,
  tenant_id  BIGINT NOT NULL,
  key_id     TEXT NOT NULL,
  sealed     BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- Small settings of the whole installation.
CREATE TABLE house_settings (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);
