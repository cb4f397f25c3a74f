// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.config.ContentConfig.Kind;
import dev.penstock.ledger.CallContent.Said;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Replaces what a {@link Finder} finds in bytes of a request or an answer: in JSON, in events of it, in whatever a client sends. It knows
 * what a text in JSON is, so that escapes hide nothing, and in a stream it reads the pieces of an answer as the one text that they are:
 * a number that comes in three events is replaced in the first of them and gone from the others. For the ledger's own thread, one at a
 * time.
 */
final class Redactor {

    /** Beyond what is kept so much is looked at as well, so that nothing is cut in two and missed: some dozen events. */
    static final int BEHIND = 8 << 10;

    /**
     * Bytes of the original that are replaced.
     *
     * @param label what stands there instead; empty behind the first piece
     */
    private record Edit(int from, int to, String label) {}

    private final Finder finder;

    Redactor(Finder finder) {
        this.finder = finder;
    }

    /**
     * What may be written of it.
     *
     * @param length of what is known
     * @param whole how long it was
     * @param most bytes of the result
     */
    Said clean(byte[] bytes, int length, long whole, boolean streamed, int most) {
        List<Edit> edits = new ArrayList<>();
        new SaidTexts(bytes, length, streamed).forEach(text -> find(text, edits));
        edits.sort(Comparator.comparingInt(Edit::from));
        // Some of what is not kept may have been looked at.
        int kept = Math.min(length, most);
        byte[] clean = new byte[Math.max(16, kept)];
        int written = 0;
        int at = 0;
        int count = 0;
        boolean cut = whole > kept;
        for (Edit edit : edits) {
            if (edit.from() >= kept) {
                break;
            }
            int plain = Math.min(edit.from() - at, most - written);
            clean = copy(bytes, at, plain, clean, written);
            written += plain;
            byte[] label = edit.label().getBytes(StandardCharsets.US_ASCII);
            if (written + label.length > most) {
                cut = true;
                at = kept;
                break;
            }
            clean = copy(label, 0, label.length, clean, written);
            written += label.length;
            count += label.length > 0 ? 1 : 0;
            at = Math.min(edit.to(), kept);
        }
        int rest = Math.min(kept - at, most - written);
        cut |= rest < kept - at;
        clean = copy(bytes, at, rest, clean, written);
        written += rest;
        return said(clean, written, whole, cut, count, most);
    }

    private static byte[] copy(byte[] from, int at, int count, byte[] to, int into) {
        byte[] room = into + count > to.length ? Arrays.copyOf(to, Math.max(into + count, to.length * 2)) : to;
        System.arraycopy(from, at, room, into, count);
        return room;
    }

    /** As text. Bytes that are none become a replacement character, which is longer than they were. */
    private static Said said(byte[] clean, int length, long whole, boolean cut, int count, int most) {
        int end = cut ? beforeHalf(clean, length) : length;
        String text = new String(clean, 0, end, StandardCharsets.UTF_8);
        byte[] again = text.getBytes(StandardCharsets.UTF_8);
        if (again.length > most) {
            text = new String(again, 0, beforeHalf(again, most), StandardCharsets.UTF_8);
            return new Said(text, whole, true, count);
        }
        return new Said(text, whole, cut, count);
    }

    /** Without the beginning of a character whose end is cut off. */
    private static int beforeHalf(byte[] utf8, int length) {
        int start = length;
        while (start > 0 && length - start < 3 && (utf8[start - 1] & 0xc0) == 0x80) {
            start--;
        }
        if (start == 0 || utf8[start - 1] >= 0) {
            return length;
        }
        int lead = utf8[start - 1] & 0xff;
        int needs = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
        return length - (start - 1) < needs ? start - 1 : length;
    }

    private void find(SaidTexts.Text text, List<Edit> edits) {
        finder.find(text.bytes(), text.length(), (from, to, kind) -> {
            String label = label(kind);
            int i = from;
            while (i < to) {
                int begin = text.from(i);
                int end = text.to(i);
                i++;
                while (i < to && text.from(i) == end) {
                    end = text.to(i);
                    i++;
                }
                edits.add(new Edit(begin, end, label));
                label = "";
            }
        });
    }

    private static String label(Kind kind) {
        return "[" + kind.name().toLowerCase(Locale.ROOT) + "]";
    }
}
