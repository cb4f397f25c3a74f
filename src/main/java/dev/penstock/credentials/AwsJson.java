// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.ProviderConfig.AwsKeys;

/** The answer in which agents of containers and the metadata service of machines hand out keys. */
final class AwsJson {

    private AwsJson() {}

    static Lease<AwsKeys> lease(byte[] json, String what) throws NoCredentials {
        JsonNode object = Replies.object(json, what);
        String code = Replies.text(object, "Code");
        if (code != null && !code.equals("Success")) {
            throw new NoCredentials(what + " is a refusal");
        }
        AwsKeys keys = Replies.keys(
                Replies.text(object, "AccessKeyId"),
                Replies.text(object, "SecretAccessKey"),
                Replies.text(object, "Token"),
                what);
        return new Lease<>(keys, Replies.time(Replies.text(object, "Expiration"), what));
    }
}
