-- What every call cost and how it went. One text for SQLite and PostgreSQL but for three words: the first is the type of bytes, the second
-- makes texts compare by their bytes in both, the third keeps a table of SQLite in the order of its key instead of beside an index.
-- Moments are milliseconds since 1970, durations nanoseconds, money billionths of a US dollar; -1 is what nobody knows.

-- A call is one row of a few columns: what it is looked up by, and all that is known of it as the journal encodes it. Names are the 16
-- bytes of a UUID of version 7, whose order is that of time.
CREATE TABLE penstock_exchanges (
    uuid       ${bytes} NOT NULL PRIMARY KEY,
    tenant     TEXT ${bytewise} NOT NULL,
    -- NULL where it is the one that the gateway makes of the UUID.
    request_id TEXT ${bytewise},
    entry      ${bytes} NOT NULL
);
CREATE INDEX penstock_exchanges_by_tenant ON penstock_exchanges (tenant, uuid);
CREATE INDEX penstock_exchanges_by_request ON penstock_exchanges (request_id, uuid) WHERE request_id IS NOT NULL;

CREATE TABLE penstock_usage_minutes (
    start               BIGINT NOT NULL,
    tenant              TEXT ${bytewise} NOT NULL,
    feature             TEXT ${bytewise} NOT NULL,
    model               TEXT ${bytewise} NOT NULL,
    provider            TEXT ${bytewise} NOT NULL,
    outcome             TEXT ${bytewise} NOT NULL,
    exchanges           BIGINT NOT NULL,
    failures            BIGINT NOT NULL,
    attempts            BIGINT NOT NULL,
    input_tokens        BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens  BIGINT NOT NULL,
    output_tokens       BIGINT NOT NULL,
    reasoning_tokens    BIGINT NOT NULL,
    estimated           BIGINT NOT NULL,
    nano_usd            BIGINT NOT NULL,
    unpriced            BIGINT NOT NULL,
    duration_nanos      BIGINT NOT NULL,
    ttft_nanos          BIGINT NOT NULL,
    ttft_calls          BIGINT NOT NULL,
    PRIMARY KEY (start, tenant, feature, model, provider, outcome)
) ${clustered};

CREATE TABLE penstock_usage_hours (
    start               BIGINT NOT NULL,
    tenant              TEXT ${bytewise} NOT NULL,
    feature             TEXT ${bytewise} NOT NULL,
    model               TEXT ${bytewise} NOT NULL,
    provider            TEXT ${bytewise} NOT NULL,
    outcome             TEXT ${bytewise} NOT NULL,
    exchanges           BIGINT NOT NULL,
    failures            BIGINT NOT NULL,
    attempts            BIGINT NOT NULL,
    input_tokens        BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens  BIGINT NOT NULL,
    output_tokens       BIGINT NOT NULL,
    reasoning_tokens    BIGINT NOT NULL,
    estimated           BIGINT NOT NULL,
    nano_usd            BIGINT NOT NULL,
    unpriced            BIGINT NOT NULL,
    duration_nanos      BIGINT NOT NULL,
    ttft_nanos          BIGINT NOT NULL,
    ttft_calls          BIGINT NOT NULL,
    PRIMARY KEY (start, tenant, feature, model, provider, outcome)
) ${clustered};

CREATE TABLE penstock_usage_days (
    start               BIGINT NOT NULL,
    tenant              TEXT ${bytewise} NOT NULL,
    feature             TEXT ${bytewise} NOT NULL,
    model               TEXT ${bytewise} NOT NULL,
    provider            TEXT ${bytewise} NOT NULL,
    outcome             TEXT ${bytewise} NOT NULL,
    exchanges           BIGINT NOT NULL,
    failures            BIGINT NOT NULL,
    attempts            BIGINT NOT NULL,
    input_tokens        BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens  BIGINT NOT NULL,
    output_tokens       BIGINT NOT NULL,
    reasoning_tokens    BIGINT NOT NULL,
    estimated           BIGINT NOT NULL,
    nano_usd            BIGINT NOT NULL,
    unpriced            BIGINT NOT NULL,
    duration_nanos      BIGINT NOT NULL,
    ttft_nanos          BIGINT NOT NULL,
    ttft_calls          BIGINT NOT NULL,
    PRIMARY KEY (start, tenant, feature, model, provider, outcome)
) ${clustered};

-- Since when a level of roll-ups is whole; what is older was deleted. Its rows are also the lock of those who delete.
CREATE TABLE penstock_usage_since (
    level TEXT   NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);
INSERT INTO penstock_usage_since (level, since) VALUES ('minutes', 0);
INSERT INTO penstock_usage_since (level, since) VALUES ('hours', 0);
INSERT INTO penstock_usage_since (level, since) VALUES ('days', 0);

-- Exchanges that the database refused, as text, so that none is lost and none holds up the others. They are in no sum.
CREATE TABLE penstock_ledger_aside (
    uuid      TEXT   NOT NULL PRIMARY KEY,
    set_aside BIGINT NOT NULL,
    entry     TEXT   NOT NULL
);
