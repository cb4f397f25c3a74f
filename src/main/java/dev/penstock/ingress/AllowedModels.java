// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.auth.Grant;
import dev.penstock.config.Nearest;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.pipeline.ModelGate;
import org.jspecify.annotations.Nullable;

/**
 * Which models a caller may call, and what it is told when it names another one. A name that nobody has is answered like one that the
 * caller may not use: who may not know of a model does not learn that it is there.
 *
 * @param grant what the caller may do
 * @param models of which one may have been meant
 */
record AllowedModels(Grant grant, ModelCatalog models) implements ModelGate {

    static ModelGate of(Grant grant, ModelCatalog models) {
        return grant.mayUseAllModels() ? ModelGate.ALL : new AllowedModels(grant, models);
    }

    @Override
    public @Nullable GatewayError refusal(String model) {
        if (grant.mayUseModel(model)) {
            return null;
        }
        String nearest = nearest(model);
        return GatewayError.builder(
                        Kind.FORBIDDEN,
                        "The key may not call this model."
                                + (nearest == null ? "" : " The nearest that it may call is \"" + nearest + "\"."))
                .param("model")
                .code("model_not_allowed")
                .hint("GET /v1/models lists the models that the key may call.")
                .build();
    }

    /** Of the names that the caller may use, the one that it may have meant. */
    @Nullable
    String nearest(String model) {
        return Nearest.find(
                        model,
                        models.names().stream().filter(grant::mayUseModel).toList())
                .orElse(null);
    }
}
