// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.RequestFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Facts that a test sets by the names of the variables; remembers what was asked for. */
public final class Facts implements RequestFacts {

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final List<String> asked = new ArrayList<>();

    public static Facts of(String name, Object value) {
        return new Facts().with(name, value);
    }

    public Facts with(String name, Object value) {
        values.put(name, value);
        return this;
    }

    /** The names of the variables that somebody wanted to know, in order. */
    public List<String> asked() {
        return asked;
    }

    private <T> T get(String name, T otherwise) {
        asked.add(name);
        Object value = values.getOrDefault(name, otherwise);
        if (value instanceof RuntimeException broken) {
            throw broken;
        }
        @SuppressWarnings("unchecked")
        T known = (T) value;
        return known;
    }

    @Override
    public String model() {
        return get("request.model", "chat");
    }

    @Override
    public ApiSchema schema() {
        return get("request.schema", ApiSchema.OPENAI_CHAT);
    }

    @Override
    public boolean stream() {
        return get("request.stream", false);
    }

    @Override
    public long tokens() {
        return get("request.tokens", 0L);
    }

    @Override
    public long maxTokens() {
        return get("request.max_tokens", 0L);
    }

    @Override
    public boolean tools() {
        return get("request.tools", false);
    }

    @Override
    public boolean images() {
        return get("request.images", false);
    }

    @Override
    public boolean structured() {
        return get("request.structured", false);
    }

    @Override
    public String text() {
        return get("request.text", "");
    }

    @Override
    public long prefixHash() {
        return 0;
    }

    @Override
    public String tenant() {
        return get("tenant.id", "");
    }

    @Override
    public String region() {
        return get("tenant.region", "");
    }

    @Override
    public String user() {
        return get("user.id", "");
    }

    @Override
    public Priority priority() {
        return get("request.priority", Priority.INTERACTIVE);
    }
}
