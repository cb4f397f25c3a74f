// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A signed statement about the chain of records. Heads are a chain of their own.
 *
 * @param kind what it states
 * @param number one more than that of the head before, from 1
 * @param node who states it
 * @param time when
 * @param first of a segment: its first record; of a removal: the first record that is gone
 * @param last the last record that it speaks of
 * @param hash of the record {@code last}
 * @param prev hash of the head before; empty for the first
 * @param gone of a removal: hash of the last head that is gone with the records; else empty
 * @param key fingerprint of the key that it is signed with
 * @param sig Ed25519 over the canonical form of all others, in hex
 */
record Head(
        Kind kind,
        long number,
        String node,
        Instant time,
        long first,
        long last,
        String hash,
        String prev,
        String gone,
        String key,
        String sig) {

    private static final int MEMBERS = 12;

    enum Kind {
        /** The segment is so far as this. */
        CHECKPOINT,
        /** The segment is complete. */
        SEAL,
        /** Whole segments were removed, because their time was over. */
        REMOVAL;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Head signed(InstallationKey with) {
        String signature = with.sign(Canonical.bytes(members()));
        return new Head(kind, number, node, time, first, last, hash, prev, gone, key, signature);
    }

    boolean isSignedBy(PublicKeyText with) {
        return key.equals(with.fingerprint()) && with.verifies(Canonical.bytes(members()), sig);
    }

    /** Without the line feed. */
    byte[] line() {
        SortedMap<String, Object> members = members();
        members.put("sig", sig);
        return Canonical.bytes(members);
    }

    /** By which records and other heads name it. */
    String id() {
        return Canonical.sha256(line());
    }

    private SortedMap<String, Object> members() {
        SortedMap<String, Object> members = new TreeMap<>();
        members.put("kind", kind.label());
        members.put("number", number);
        members.put("node", node);
        members.put("time", time.toString());
        members.put("first", first);
        members.put("last", last);
        members.put("count", last - first + 1);
        members.put("hash", hash);
        members.put("prev", prev);
        members.put("gone", gone);
        members.put("key", key);
        return members;
    }

    /** From a line without its line feed; null for what is no head. Its signature may still be wrong. */
    static @Nullable Head read(byte[] line) {
        SortedMap<String, Object> members = Canonical.read(line);
        if (members == null || members.size() != MEMBERS) {
            return null;
        }
        try {
            Head head = new Head(
                    Kind.valueOf(AuditRecord.text(members, "kind").toUpperCase(Locale.ROOT)),
                    (Long) AuditRecord.of(members, "number"),
                    AuditRecord.text(members, "node"),
                    Instant.parse(AuditRecord.text(members, "time")),
                    (Long) AuditRecord.of(members, "first"),
                    (Long) AuditRecord.of(members, "last"),
                    AuditRecord.text(members, "hash"),
                    AuditRecord.text(members, "prev"),
                    AuditRecord.text(members, "gone"),
                    AuditRecord.text(members, "key"),
                    AuditRecord.text(members, "sig"));
            return java.util.Arrays.equals(head.line(), line) ? head : null;
        } catch (ClassCastException | IllegalArgumentException | DateTimeParseException e) {
            return null;
        }
    }
}
