// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.Losses;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import dev.penstock.translation.Capabilities.Fate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each cell of the table of features holds what a request shows, and the page in the documentation is that table. */
final class CapabilitiesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path PAGE =
            Path.of(System.getProperty("penstock.basedir", "."), "src/site/markdown/features.md");

    @TestFactory
    Stream<DynamicTest> eachCellIsWhatTheTranslationDoes() {
        List<DynamicTest> tests = new ArrayList<>();
        for (ApiSchema client : Capabilities.CLIENTS) {
            for (ApiSchema provider : Capabilities.PROVIDERS) {
                for (Feature feature : Feature.values()) {
                    if (client != provider && Capabilities.sample(client, feature) != null) {
                        String name = feature + " from " + client + " to " + provider;
                        tests.add(DynamicTest.dynamicTest(name, () -> check(client, provider, feature)));
                    }
                }
            }
        }
        return tests.stream();
    }

    private static void check(ApiSchema client, ApiSchema provider, Feature feature) throws Exception {
        byte[] sample = Capabilities.sample(client, feature);
        Losses losses = new Losses();
        switch (Capabilities.of(client, provider, feature)) {
            case TRANSLATED -> {
                JsonNode with = JSON.readTree(Capabilities.translate(client, provider, sample, losses));
                JsonNode without = JSON.readTree(
                        Capabilities.translate(client, provider, Capabilities.plain(client), new Losses()));
                assertThat(losses.fields()).isEmpty();
                assertThat(with).as("a request without the feature").isNotEqualTo(without);
            }
            case FETCHED -> {
                GatewayError error = catchThrowableOfType(
                        GatewayError.class, () -> Capabilities.translate(client, provider, sample, losses));
                assertThat(error.hint()).contains("fetch.hosts");
                byte[] with = Capabilities.translate(
                        client, provider, ChatDialect.UNKNOWN, Capabilities.fetched(client, sample), losses);
                assertThat(losses.fields()).isEmpty();
                assertThat(new String(with, StandardCharsets.UTF_8)).contains("iVBORw0KGgo=");
            }
            case DROPPED -> {
                Capabilities.translate(client, provider, sample, losses);
                assertThat(losses.fields()).isNotEmpty().allSatisfy(name -> assertThat(name)
                        .isNotBlank());
            }
            case REFUSED -> {
                GatewayError error = catchThrowableOfType(
                        GatewayError.class, () -> Capabilities.translate(client, provider, sample, losses));
                assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
                assertThat(error.getMessage()).isNotBlank();
            }
            case PASSES, UNSAYABLE -> throw new AssertionError("another schema, and a sample is there");
        }
    }

    @Test
    void thePageOfFeaturesIsTheTable() throws Exception {
        String begin = "<!-- begin features -->\n\n";
        String end = "\n<!-- end features -->";
        String page = Files.readString(PAGE);
        int from = page.indexOf(begin) + begin.length();
        int to = page.indexOf(end);
        String table = table();
        if (Boolean.getBoolean("penstock.regenerate")) {
            page = page.substring(0, from) + table + page.substring(to);
            Files.writeString(PAGE, page);
            to = page.indexOf(end);
        }
        assertThat(page.substring(from, to)).isEqualTo(table);
    }

    private static String table() {
        StringBuilder out = new StringBuilder();
        for (ApiSchema client : Capabilities.CLIENTS) {
            out.append("### Clients that speak ").append(name(client)).append("\n\n| feature |");
            Capabilities.PROVIDERS.forEach(
                    provider -> out.append(' ').append(name(provider)).append(" |"));
            out.append("\n|---|")
                    .append("---|".repeat(Capabilities.PROVIDERS.size()))
                    .append('\n');
            for (Feature feature : Feature.values()) {
                out.append("| ").append(feature.label()).append(" |");
                for (ApiSchema provider : Capabilities.PROVIDERS) {
                    out.append(' ')
                            .append(word(Capabilities.of(client, provider, feature)))
                            .append(" |");
                }
                out.append('\n');
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static String word(Fate fate) {
        return switch (fate) {
            case PASSES -> "yes, as it is";
            case TRANSLATED -> "yes";
            case FETCHED -> "yes, where `fetch.hosts` allows, else refused";
            case DROPPED -> "dropped, with a warning";
            case REFUSED -> "refused, with an error";
            case UNSAYABLE -> "no such field";
        };
    }

    private static String name(ApiSchema schema) {
        return "`" + schema.name().toLowerCase(Locale.ROOT) + "`";
    }
}
