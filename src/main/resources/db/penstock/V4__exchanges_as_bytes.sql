-- A call is one row of a few columns: what it is looked up by, and all that is known of it as the journal encodes it. Names are the 16
-- bytes of a UUID of version 7, whose order is that of time. The rows of the tables before are carried over by the migration behind this one.

DROP INDEX penstock_exchanges_by_time;
DROP INDEX penstock_exchanges_by_tenant;
DROP INDEX penstock_exchanges_by_request;
ALTER TABLE penstock_exchanges RENAME TO penstock_old_exchanges;
ALTER TABLE penstock_attempts RENAME TO penstock_old_attempts;

CREATE TABLE penstock_exchanges (
    uuid       ${bytes} NOT NULL PRIMARY KEY,
    tenant     TEXT ${bytewise} NOT NULL,
    -- NULL where it is the one that the gateway makes of the UUID.
    request_id TEXT ${bytewise},
    entry      ${bytes} NOT NULL
);
CREATE INDEX penstock_exchanges_by_tenant ON penstock_exchanges (tenant, uuid);
CREATE INDEX penstock_exchanges_by_request ON penstock_exchanges (request_id, uuid) WHERE request_id IS NOT NULL;
