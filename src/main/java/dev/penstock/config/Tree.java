// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the files say before anyone has asked what it means: four shapes, each with its place. */
sealed interface Tree {

    Source at();

    /**
     * A scalar as it was written.
     *
     * @param expand whether {@code ${...}} in it is replaced; variables are taken as they are
     * @param style what stood around it
     */
    record Leaf(String text, boolean expand, Style style, Source at) implements Tree {}

    /** What stands around a scalar. */
    enum Style {
        /** Nothing, so that it may mean a number or a truth value. */
        PLAIN,
        QUOTED,
        /** Lines of their own, whose indentation is not part of the text. */
        BLOCK
    }

    /** A list. */
    record Items(List<Tree> items, Source at) implements Tree {}

    /** A map; the only shape that layers of configuration are merged into. */
    record Fields(Map<String, Field> fields, Source at) implements Tree {
        static Fields empty(Source at) {
            return new Fields(new LinkedHashMap<>(), at);
        }
    }

    /** A key without a value. */
    record Nothing(Source at) implements Tree {}

    /** One entry of a map, with the place of its key. */
    record Field(Source keyAt, Tree value) {}

    /** The shape in words; never the content, which may be a secret in the wrong place. */
    default String shape() {
        return switch (this) {
            case Leaf leaf -> leaf.text().isEmpty() ? "an empty text" : "a single value";
            case Items items -> items.items().isEmpty() ? "an empty list" : "a list";
            case Fields fields -> fields.fields().isEmpty() ? "an empty map" : "a map";
            case Nothing nothing -> "nothing";
        };
    }

    /** Lays the later layer over this one: maps are merged key by key, everything else is replaced. */
    static Tree merge(Tree earlier, Tree later) {
        if (later instanceof Nothing && earlier instanceof Fields) {
            return earlier;
        }
        if (!(earlier instanceof Fields below) || !(later instanceof Fields above)) {
            return later;
        }
        Map<String, Field> merged = new LinkedHashMap<>(below.fields());
        above.fields()
                .forEach((key, field) -> merged.merge(
                        key, field, (old, now) -> new Field(now.keyAt(), merge(old.value(), now.value()))));
        return new Fields(merged, below.at());
    }
}
