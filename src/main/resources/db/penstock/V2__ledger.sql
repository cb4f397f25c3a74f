-- What every call cost and how it went. One text for SQLite and PostgreSQL but for two words: the first makes texts compare by their
-- bytes in both, the second keeps a table of SQLite in the order of its key instead of beside an index.
-- Moments are milliseconds since 1970, durations nanoseconds, money billionths of a US dollar; -1 is what nobody knows.

CREATE TABLE penstock_exchanges (
    uuid                TEXT ${bytewise} NOT NULL PRIMARY KEY,
    started             BIGINT NOT NULL,
    started_rest        BIGINT NOT NULL,
    request_id          TEXT ${bytewise} NOT NULL,
    tenant              TEXT ${bytewise} NOT NULL,
    user_name           TEXT ${bytewise} NOT NULL,
    key_id              TEXT ${bytewise} NOT NULL,
    feature             TEXT ${bytewise} NOT NULL,
    model               TEXT ${bytewise} NOT NULL,
    provider            TEXT ${bytewise} NOT NULL,
    outcome             TEXT ${bytewise} NOT NULL,
    failed              BIGINT NOT NULL,
    attempts            BIGINT NOT NULL,
    input_tokens        BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens  BIGINT NOT NULL,
    output_tokens       BIGINT NOT NULL,
    reasoning_tokens    BIGINT NOT NULL,
    estimated           BIGINT NOT NULL,
    nano_usd            BIGINT NOT NULL,
    duration_nanos      BIGINT NOT NULL,
    ttft_nanos          BIGINT NOT NULL,
    node                TEXT NOT NULL,
    session             TEXT NOT NULL,
    trace_id            TEXT,
    api_schema          TEXT NOT NULL,
    alias               TEXT,
    provider_model      TEXT,
    provider_key        TEXT,
    stream              BIGINT NOT NULL,
    status              BIGINT NOT NULL,
    error               TEXT,
    finish_reason       TEXT,
    price_version       TEXT NOT NULL,
    events              BIGINT NOT NULL,
    request_bytes       BIGINT NOT NULL,
    response_bytes      BIGINT NOT NULL,
    overhead_nanos      BIGINT NOT NULL,
    route_nanos         BIGINT NOT NULL,
    max_gap_nanos       BIGINT NOT NULL,
    gap_p99_nanos       BIGINT NOT NULL,
    -- JSON: limits, targets that were not asked, what was left out, and texts that a column could not take as they were.
    more                TEXT NOT NULL
);
CREATE INDEX penstock_exchanges_by_time ON penstock_exchanges (started, uuid);
CREATE INDEX penstock_exchanges_by_tenant ON penstock_exchanges (tenant, started, uuid);
CREATE INDEX penstock_exchanges_by_request ON penstock_exchanges (request_id, started);

CREATE TABLE penstock_attempts (
    uuid                TEXT ${bytewise} NOT NULL,
    position            BIGINT NOT NULL,
    provider            TEXT NOT NULL,
    model               TEXT NOT NULL,
    why                 TEXT NOT NULL,
    error               TEXT,
    status              BIGINT NOT NULL,
    lost                BIGINT NOT NULL,
    started_nanos       BIGINT NOT NULL,
    duration_nanos      BIGINT NOT NULL,
    input_tokens        BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens  BIGINT NOT NULL,
    output_tokens       BIGINT NOT NULL,
    reasoning_tokens    BIGINT NOT NULL,
    estimated           BIGINT NOT NULL,
    nano_usd            BIGINT NOT NULL,
    ttft_nanos          BIGINT NOT NULL,
    provider_request_id TEXT,
    calls               BIGINT NOT NULL,
    PRIMARY KEY (uuid, position)
) ${clustered};

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
