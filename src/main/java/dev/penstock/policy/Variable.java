// SPDX-License-Identifier: Apache-2.0
package dev.penstock.policy;

import dev.penstock.exchange.RequestFacts;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What conditions and templates may ask of a request. A value is computed when an expression names it, and not before. */
enum Variable {
    MODEL("request.model", Kind.TEXT),
    SCHEMA("request.schema", Kind.TEXT),
    STREAM("request.stream", Kind.FLAG),
    TOKENS("request.tokens", Kind.NUMBER),
    MAX_TOKENS("request.max_tokens", Kind.NUMBER),
    TOOLS("request.tools", Kind.FLAG),
    IMAGES("request.images", Kind.FLAG),
    STRUCTURED("request.structured", Kind.FLAG),
    TEXT("request.text", Kind.TEXT),
    PRIORITY("request.priority", Kind.TEXT),
    TENANT_ID("tenant.id", Kind.TEXT),
    TENANT_REGION("tenant.region", Kind.TEXT),
    USER_ID("user.id", Kind.TEXT);

    /** Texts, whole numbers, and true or false. */
    enum Kind {
        TEXT,
        NUMBER,
        FLAG
    }

    private static final Map<String, Variable> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Variable::label, v -> v));

    static final List<String> NAMES =
            Arrays.stream(values()).map(Variable::label).toList();

    private final String label;
    private final Kind kind;

    Variable(String label, Kind kind) {
        this.label = label;
        this.kind = kind;
    }

    static @Nullable Variable named(String name) {
        return BY_NAME.get(name);
    }

    /** As it is written, {@code request.model}. */
    String label() {
        return label;
    }

    Kind kind() {
        return kind;
    }

    /** A String, a Long or a Boolean. */
    Object of(RequestFacts facts) {
        return switch (this) {
            case MODEL -> facts.model();
            case SCHEMA -> facts.schema().name().toLowerCase(Locale.ROOT);
            case STREAM -> facts.stream();
            case TOKENS -> facts.tokens();
            case MAX_TOKENS -> facts.maxTokens();
            case TOOLS -> facts.tools();
            case IMAGES -> facts.images();
            case STRUCTURED -> facts.structured();
            case TEXT -> facts.text();
            case PRIORITY -> facts.priority().label();
            case TENANT_ID -> facts.tenant();
            case TENANT_REGION -> facts.region();
            case USER_ID -> facts.user();
        };
    }
}
