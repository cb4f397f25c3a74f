// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a target changes in a client's request: values of its own, and simplifications for a second choice that can do less.
 *
 * @param set members of the request that are set whatever the client sent, by the client schema's own names; a value is a
 *     String, a Boolean, a Number, a List or a Map of these
 * @param dropTools leave out tools and what refers to them
 * @param dropStructuredOutput leave out the demand for a certain form of the answer
 * @param maxTokens most tokens of the answer; 0 leaves what the client asked for, and a smaller wish of the client stays
 * @param history messages that are kept, the last ones, instructions not counted; 0 keeps all
 */
public record TargetEdits(
        Map<String, Object> set, boolean dropTools, boolean dropStructuredOutput, int maxTokens, int history) {

    public static final TargetEdits NONE = new TargetEdits(Map.of(), false, false, 0, 0);

    /**
     * Members that {@link #set} may not name, in any schema: where a request goes, how its answer comes, and what the client said. The
     * configuration refuses them; whoever applies edits leaves them as they are.
     */
    public static final Set<String> NEVER_SET = Set.of(
            "model", "stream", "stream_options", "messages", "input", "system", "instructions", "contents", "prompt");

    public TargetEdits {
        set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
        if (maxTokens < 0 || history < 0) {
            throw new IllegalArgumentException("max_tokens and history must be >= 0");
        }
    }

    public boolean isNone() {
        return equals(NONE);
    }
}
