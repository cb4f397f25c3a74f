// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import dev.penstock.exchange.AuditEvent;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One line of the audit.
 *
 * @param seq one more than that of the record before, from 1
 * @param time when it happened, in milliseconds
 * @param node where
 * @param event what
 * @param head hash of the last signed head that was there when this was written; empty for none
 * @param prev hash of the record before; empty for the first
 * @param hash SHA-256 over the canonical form of all others, in hex
 */
public record AuditRecord(
        long seq, Instant time, String node, AuditEvent event, String head, String prev, String hash) {

    /** Far above what anything here has to say; a bound for what strangers can make it say. */
    private static final int LONGEST = 4096;

    private static final int MOST_DETAILS = 32;
    private static final int MEMBERS = 12;

    /** The next one of a chain. */
    static AuditRecord next(long seq, Instant time, String node, AuditEvent event, String head, String prev) {
        Instant moment = Instant.ofEpochMilli(time.toEpochMilli());
        AuditRecord open = new AuditRecord(seq, moment, node, plain(event), head, prev, "");
        return new AuditRecord(seq, moment, node, open.event, head, prev, open.computed());
    }

    private static AuditEvent plain(AuditEvent event) {
        Map<String, String> details = new TreeMap<>();
        event.details().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .limit(MOST_DETAILS)
                .forEach(detail -> details.put(plain(detail.getKey()), plain(detail.getValue())));
        return new AuditEvent(
                plain(event.kind()),
                plain(event.actor()),
                plain(event.what()),
                plain(event.before()),
                plain(event.after()),
                details);
    }

    /** Bounded, and without halves of characters, which UTF-8 cannot hold. */
    private static String plain(String text) {
        String cut = text.length() <= LONGEST
                ? text
                : text.substring(0, LONGEST) + "... and " + (text.length() - LONGEST) + " more characters";
        StringBuilder out = new StringBuilder(cut.length());
        cut.codePoints()
                .forEach(c ->
                        out.appendCodePoint(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c));
        return out.toString();
    }

    /** What its hash must be. */
    String computed() {
        return Canonical.sha256(Canonical.bytes(members()));
    }

    /** Without the line feed. */
    byte[] line() {
        SortedMap<String, Object> members = members();
        members.put("hash", hash);
        return Canonical.bytes(members);
    }

    private SortedMap<String, Object> members() {
        SortedMap<String, Object> members = new TreeMap<>();
        members.put("seq", seq);
        members.put("time", time.toString());
        members.put("node", node);
        members.put("kind", event.kind());
        members.put("actor", event.actor());
        members.put("what", event.what());
        members.put("before", event.before());
        members.put("after", event.after());
        members.put("details", new TreeMap<>(event.details()));
        members.put("head", head);
        members.put("prev", prev);
        return members;
    }

    /** From a line without its line feed; null for what is no record. Its hash may still be wrong. */
    static @Nullable AuditRecord read(byte[] line) {
        SortedMap<String, Object> members = Canonical.read(line);
        if (members == null || members.size() != MEMBERS || !(members.get("details") instanceof Map<?, ?> details)) {
            return null;
        }
        Map<String, String> texts = new TreeMap<>();
        details.forEach((name, value) -> texts.put((String) name, (String) value));
        try {
            return new AuditRecord(
                    (Long) of(members, "seq"),
                    Instant.parse(text(members, "time")),
                    text(members, "node"),
                    new AuditEvent(
                            text(members, "kind"),
                            text(members, "actor"),
                            text(members, "what"),
                            text(members, "before"),
                            text(members, "after"),
                            texts),
                    text(members, "head"),
                    text(members, "prev"),
                    text(members, "hash"));
        } catch (ClassCastException | IllegalArgumentException | DateTimeParseException e) {
            return null;
        }
    }

    static String text(SortedMap<String, Object> members, String name) {
        return (String) of(members, name);
    }

    static Object of(SortedMap<String, Object> members, String name) {
        Object value = members.get(name);
        if (value == null) {
            throw new IllegalArgumentException("not there: " + name);
        }
        return value;
    }
}
