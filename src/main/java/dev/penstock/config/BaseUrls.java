// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;

/** Addresses that are one path too long: copied from a vendor's example request, they would be asked for a path that is none. */
final class BaseUrls {

    private BaseUrls() {}

    /** What was expected instead, or nothing when the address is fine. */
    static String superfluous(ProviderConfig.Type type, URI url) {
        String path = url.getPath() + "/";
        return switch (type) {
            case OPENAI -> path.endsWith("/chat/completions/") ? "where the API begins, without /chat/completions" : "";
            case AZURE -> path.contains("/openai/") ? "the address of the resource, without /openai" : "";
            case ANTHROPIC -> path.contains("/v1/") ? "where the API begins, without /v1" : "";
            case GEMINI ->
                path.contains("/v1beta/") || path.contains("/v1/") ? "where the API begins, without /v1beta" : "";
            case COHERE ->
                path.endsWith("/chat/")
                        ? "where the API begins, without /chat"
                        : path.endsWith("/v1/")
                                ? "where version 2 of the API begins, such as https://host.example/v2"
                                : "";
            case BEDROCK -> path.contains("/model/") ? "where the API begins, without /model" : "";
            case OLLAMA ->
                path.contains("/api/") || path.contains("/v1/") ? "where the server is, without /api or /v1" : "";
            case DEMO, STATIC, RULES -> "";
        };
    }
}
