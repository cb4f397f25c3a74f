// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * What the page at {@code /} tells a person who opens the address in a browser: that the gateway runs, and a command that
 * works. The page loads nothing and runs nothing, and its content security policy says so.
 *
 * @param version of Penstock
 * @param apiUrl as clients reach it, such as {@code http://localhost:8080/v1}
 * @param model a name that can be called
 * @param models how many can be called
 * @param keyRequired whether calls need {@code server.api_key}
 */
public record Welcome(String version, String apiUrl, String model, int models, boolean keyRequired) {

    private static final String STYLE =
            "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:4rem auto;padding:0 1rem;color:#1c2733;background:#fff}"
                    + "h1{font-size:1.5rem}pre{background:#f2f5f8;padding:1rem;overflow:auto;border-radius:6px}"
                    + "@media(prefers-color-scheme:dark){body{color:#dde5ec;background:#12181e}pre{background:#1d262e}a{color:#7db8ff}}";

    static final String POLICY = "default-src 'none'; style-src 'sha256-" + sha256(STYLE)
            + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    String html(boolean ready) {
        String key = keyRequired ? " \\\n  -H 'authorization: Bearer '\"$PENSTOCK_API_KEY\"" : "";
        String curl = "curl -N " + apiUrl + "/chat/completions" + key
                + " \\\n  -H 'content-type: application/json' \\\n  -d '" + "{\"model\":\"" + model
                + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'";
        return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Penstock</title>"
                + "<meta name=\"viewport\" content=\"width=device-width\"><style>" + STYLE + "</style></head><body>"
                + "<h1>Penstock " + escaped(version) + "</h1><p>The gateway is " + (ready ? "ready" : "not ready")
                + "; " + models + (models == 1 ? " model" : " models") + " can be called. Calls need "
                + (keyRequired ? "the key of this gateway." : "no key.") + "</p><pre>" + escaped(curl) + "</pre>"
                + "<p>Any OpenAI SDK works with <code>base_url = " + escaped(apiUrl) + "</code>.</p>"
                + "<p><a href=\"/v1/models\">Models</a> &middot; <a href=\"/readyz\">Readiness</a></p></body></html>";
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
