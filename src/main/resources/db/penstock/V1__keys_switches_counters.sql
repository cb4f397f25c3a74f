-- One text for SQLite and PostgreSQL: TEXT and BIGINT mean the same in both. Moments are milliseconds since 1970, lists are JSON,
-- bytes are hex. The prefix is for databases that others use as well.

CREATE TABLE penstock_meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Rises with each change; other nodes look at it once a second.
CREATE TABLE penstock_revision (
    topic   TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO penstock_revision (topic, version) VALUES ('keys', 0);
INSERT INTO penstock_revision (topic, version) VALUES ('switches', 0);

CREATE TABLE penstock_keys (
    public_id   TEXT   NOT NULL PRIMARY KEY,
    hmac        TEXT   NOT NULL,
    tenant      TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    expires     BIGINT,
    models      TEXT   NOT NULL,
    features    TEXT   NOT NULL,
    ips         TEXT   NOT NULL,
    revoked     BIGINT,
    replaced_by TEXT   NOT NULL
);

-- Of all keys, those of the file as well.
CREATE TABLE penstock_key_uses (
    key_id TEXT   NOT NULL PRIMARY KEY,
    used   BIGINT NOT NULL
);

CREATE TABLE penstock_switches (
    object   TEXT   NOT NULL PRIMARY KEY,
    cleared  BIGINT NOT NULL,
    enabled  BIGINT NOT NULL,
    percent  BIGINT NOT NULL,
    tenants  TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    actor    TEXT   NOT NULL,
    changed  BIGINT NOT NULL,
    ends     BIGINT,
    version  BIGINT NOT NULL,
    node     TEXT   NOT NULL
);

CREATE TABLE penstock_counters (
    counter TEXT   NOT NULL PRIMARY KEY,
    period  BIGINT NOT NULL,
    ends    BIGINT NOT NULL,
    used    BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
