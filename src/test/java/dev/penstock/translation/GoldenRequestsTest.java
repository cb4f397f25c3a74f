// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every feature in every client's schema, beside what each provider is asked for it: {@code golden/requests}, one file per pair, made
 * to be read. {@code -Dpenstock.regenerate=true} writes the files again; what changes is then in the diff.
 */
final class GoldenRequestsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER =
            Path.of(System.getProperty("penstock.basedir", "."), "src/test/resources/golden/requests");

    @TestFactory
    Stream<DynamicTest> everyRequestBecomesWhatTheFileShows() {
        List<DynamicTest> tests = new ArrayList<>();
        for (ApiSchema client : Capabilities.CLIENTS) {
            for (ApiSchema provider : Capabilities.PROVIDERS) {
                if (client != provider) {
                    String name = name(client) + "-to-" + name(provider);
                    tests.add(DynamicTest.dynamicTest(
                            name, () -> check(client, provider, FOLDER.resolve(name + ".txt"))));
                }
            }
        }
        return tests.stream();
    }

    private static void check(ApiSchema client, ApiSchema provider, Path file) throws IOException {
        StringBuilder page = new StringBuilder();
        for (Feature feature : Feature.values()) {
            byte[] sample = Capabilities.sample(client, feature);
            if (sample != null) {
                page.append("== ").append(feature.label()).append('\n');
                page.append(new String(sample, StandardCharsets.UTF_8)).append("\n-- becomes\n");
                page.append(result(client, provider, sample)).append("\n\n");
            }
        }
        if (Boolean.getBoolean("penstock.regenerate")) {
            Files.writeString(file, page);
        }
        assertThat(page.toString()).isEqualTo(Files.readString(file));
    }

    private static String result(ApiSchema client, ApiSchema provider, byte[] sample) throws IOException {
        Losses losses = new Losses();
        try {
            byte[] request = Capabilities.translate(client, provider, sample, losses);
            String json = JSON.readTree(request).toPrettyString();
            return losses.isEmpty() ? json : json + "\n-- without " + String.join(", ", losses.fields());
        } catch (GatewayError refused) {
            return "-- refused: " + refused.getMessage();
        }
    }

    private static String name(ApiSchema schema) {
        return schema.name().toLowerCase(Locale.ROOT);
    }
}
