-- What was said in exchanges of tenants that want it kept, redacted as they want it. Most exchanges have no row here. Moments are
-- milliseconds since 1970, sizes are bytes as they went over the wire.

CREATE TABLE penstock_contents (
    uuid             TEXT ${bytewise} NOT NULL PRIMARY KEY,
    expires          BIGINT NOT NULL,
    request          TEXT NOT NULL,
    request_bytes    BIGINT NOT NULL,
    request_cut      BIGINT NOT NULL,
    request_redacted BIGINT NOT NULL,
    answer           TEXT NOT NULL,
    answer_bytes     BIGINT NOT NULL,
    answer_cut       BIGINT NOT NULL,
    answer_redacted  BIGINT NOT NULL
);
CREATE INDEX penstock_contents_by_expiry ON penstock_contents (expires, uuid);
