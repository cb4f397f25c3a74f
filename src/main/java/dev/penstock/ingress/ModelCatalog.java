// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.ApiSchema;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The models that can be called, as JSON prepared once per configuration, in the schema of whoever asks. */
public interface ModelCatalog {

    /** All. */
    Predicate<String> EVERY = name -> true;

    /** The names that can be called, in the order of the configuration. */
    List<String> names();

    /**
     * The body of {@code GET /v1/models}.
     *
     * @param allowed the names that the caller may use; {@link #EVERY} where it may use all
     */
    Buffer all(ApiSchema schema, Predicate<String> allowed);

    /** The body of {@code GET /v1/models/<name>}, or null when there is no such model. */
    @Nullable
    Buffer byName(ApiSchema schema, String name);

    /**
     * A page of {@code GET /v1/models} in Anthropic's schema.
     *
     * @param after only names behind this one, or null
     * @param before only names before this one, or null
     * @param limit most names of the page
     * @param allowed the names that the caller may use; {@link #EVERY} where it may use all
     */
    Buffer page(@Nullable String after, @Nullable String before, int limit, Predicate<String> allowed);

    /** The known name nearest to an unknown one, for the hint of a 404. */
    default @Nullable String nearest(String name) {
        return null;
    }
}
