// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ApiSchema;

/** Bedrock's Converse. A model may be an ARN, whose colons and slashes are encoded. */
final class BedrockEndpoint implements Endpoint {

    @Override
    public String target(ApiSchema schema, String model, boolean stream) {
        return "/model/" + PathSegment.of(model) + (stream ? "/converse-stream" : "/converse");
    }

    @Override
    public CharSequence streamType() {
        return "application/vnd.amazon.eventstream";
    }
}
