// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.Secret;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The signature of a request to Converse. The expected ones were computed apart, from the steps of the IAM user guide. */
final class SigningKeysTest {

    private static final String HOST = "bedrock-runtime.eu-central-1.amazonaws.com";
    private static final String PATH = "/model/eu.amazon.nova-lite-v1%3A0/converse-stream";
    private static final String SCOPE =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-central-1/bedrock/aws4_request, ";
    private static final String BODY_HASH = "548f58d1c36c715b44f0863472074a97c448d5b8d18164b92adf55592b127f86";

    @Test
    void signsWithLastingKeys() {
        MultiMap headers = signed(null);

        assertThat(headers.get("authorization"))
                .isEqualTo(SCOPE + "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,"
                        + " Signature=c5bb77ecde0726b11cfe6268e7fbb200d8f3bd202bff191a8600c0ee03d4d554");
        assertThat(headers.get("x-amz-date")).isEqualTo("20261121T163000Z");
        assertThat(headers.get("x-amz-content-sha256")).isEqualTo(BODY_HASH);
        assertThat(headers.contains("x-amz-security-token")).isFalse();
    }

    @Test
    void signsWithTemporaryKeys() {
        MultiMap headers = signed(Secret.of("session-1"));

        assertThat(headers.get("authorization"))
                .isEqualTo(
                        SCOPE + "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"
                                + " Signature=e6222d1e6cc97906a75380cd611f7c6a1be5062b6681400c19d8a81411ac222a");
        assertThat(headers.get("x-amz-security-token")).isEqualTo("session-1");
    }

    private static MultiMap signed(@Nullable Secret session) {
        AwsKeys keys =
                new AwsKeys(Secret.of("AKIDEXAMPLE"), Secret.of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), session);
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().set("content-type", "application/json");
        List<Buffer> pieces = List.of(Buffer.buffer("{\"model\""), Buffer.buffer(), Buffer.buffer(":\"m\"}"));
        new SigningKeys(keys, "eu-central-1")
                .sign(headers, new Outgoing("POST", HOST, PATH, pieces, ProviderRoom.BODY.length(), ProviderRoom.NOW));
        return headers;
    }
}
