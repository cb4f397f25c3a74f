// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** What of a request has no counterpart at its target: names of fields as the client knows them, in order, each once. */
public final class Losses {

    private final Set<String> fields = new LinkedHashSet<>();

    /**
     * Notes one field that the target cannot be told.
     *
     * @param field a path in the client's words, such as {@code logit_bias} or {@code messages[3].content[0].input_audio}
     */
    public void add(String field) {
        fields.add(field);
    }

    public Set<String> fields() {
        return Collections.unmodifiableSet(fields);
    }

    public boolean isEmpty() {
        return fields.isEmpty();
    }
}
