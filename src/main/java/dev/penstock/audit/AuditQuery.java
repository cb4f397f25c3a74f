// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which records.
 *
 * @param from the first one, or null
 * @param to the last one, or null
 * @param kind begins so, such as {@code key.} or {@code key.change}; empty for all
 * @param actor exactly; empty for all
 * @param after only records with a higher number
 * @param limit most of them
 */
public record AuditQuery(@Nullable Point from, @Nullable Point to, String kind, String actor, long after, int limit) {

    /** All of them. */
    public static final AuditQuery ALL = new AuditQuery(null, null, "", "", 0, Integer.MAX_VALUE);

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}");

    /** A place in the chain. */
    public sealed interface Point {

        /** By the record's number. */
        record Seq(long seq) implements Point {}

        /** By time. */
        record At(Instant time) implements Point {}

        /** A number, or a moment such as 2026-11-22T08:00:00Z; null for what is neither. */
        static @Nullable Point parse(String text) {
            if (NUMBER.matcher(text).matches()) {
                return new Seq(Long.parseLong(text));
            }
            try {
                return new At(OffsetDateTime.parse(text).toInstant());
            } catch (DateTimeParseException e) {
                return null;
            }
        }
    }

    boolean matches(AuditRecord record) {
        return record.seq() > after
                && (from == null || !isBefore(record, from))
                && (to == null || !isBehind(record, to))
                && record.event().kind().startsWith(kind)
                && (actor.isEmpty() || record.event().actor().equals(actor));
    }

    private static boolean isBefore(AuditRecord record, Point point) {
        return switch (point) {
            case Point.Seq number -> record.seq() < number.seq();
            case Point.At moment -> record.time().isBefore(moment.time());
        };
    }

    private static boolean isBehind(AuditRecord record, Point point) {
        return switch (point) {
            case Point.Seq number -> record.seq() > number.seq();
            case Point.At moment -> record.time().isAfter(moment.time());
        };
    }

    /**
     * Whether a record of a segment can be among them.
     *
     * @param begin of the segment
     * @param next beginning of the one behind it; null for none
     */
    boolean mayTouch(AuditReader.Begin begin, AuditReader.@Nullable Begin next) {
        boolean tooOld = next != null
                && (next.seq() <= after + 1
                        || switch (from) {
                            case null -> false;
                            case Point.Seq number -> next.seq() <= number.seq();
                            // Records of one moment can stand on both sides.
                            case Point.At moment ->
                                next.time() != null && next.time().isBefore(moment.time());
                        });
        boolean tooNew =
                switch (to) {
                    case null -> false;
                    case Point.Seq number -> begin.seq() > number.seq();
                    case Point.At moment -> begin.time() != null && begin.time().isAfter(moment.time());
                };
        return !tooOld && !tooNew;
    }
}
