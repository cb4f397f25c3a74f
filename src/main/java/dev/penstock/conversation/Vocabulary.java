// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The members that a reader understands in one kind of object, and those that clients merely put back from an earlier answer, which ask
 * for nothing. Every other one is kept under its path, so that a writer that cannot say it reports it. Thread-safe.
 */
public final class Vocabulary {

    private final Set<String> known;

    /**
     * For one kind of object.
     *
     * @param returned what answers of the schema hold and nobody needs back
     * @param read what the reader takes
     */
    public Vocabulary(Set<String> returned, String... read) {
        known = Stream.concat(returned.stream(), Stream.of(read)).collect(Collectors.toUnmodifiableSet());
    }

    /** Keeps the members that are not known. Null and an empty array say nothing. */
    public void keepOthers(JsonNode object, String path, Map<String, JsonNode> extras) {
        for (Map.Entry<String, JsonNode> member : object.properties()) {
            JsonNode value = member.getValue();
            boolean says = !value.isNull() && !(value.isArray() && value.isEmpty());
            if (says && !known.contains(member.getKey())) {
                extras.put(path + '.' + member.getKey(), value);
            }
        }
    }
}
