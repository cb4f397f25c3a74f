// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.yaml.snakeyaml.Yaml;

/**
 * Every configuration that is shipped is loaded, means the same under YAML 1.1 and 1.2, and is accepted by the schema that
 * its first line names. With {@code -Dpenstock.regenerate=true} the generated files are written instead of compared.
 */
final class ShippedFilesTest {

    static final Path ROOT = Path.of(System.getProperty("penstock.basedir", "."));
    static final Path CONF = ROOT.resolve("conf");
    static final boolean REGENERATE = Boolean.getBoolean("penstock.regenerate");

    private static final Map<String, String> ENV = Map.ofEntries(
            Map.entry("OPENAI_API_KEY", "sk-1"),
            Map.entry("ANTHROPIC_API_KEY", "sk-2"),
            Map.entry("GEMINI_API_KEY", "sk-3"),
            Map.entry("AZURE_OPENAI_API_KEY", "sk-4"),
            Map.entry("AWS_BEARER_TOKEN_BEDROCK", "sk-5"),
            Map.entry("AWS_ACCESS_KEY_ID", "id-6"),
            Map.entry("AWS_SECRET_ACCESS_KEY", "sk-6"),
            Map.entry("CO_API_KEY", "sk-7"),
            Map.entry("PENSTOCK_API_KEY", "a-key"),
            Map.entry("PENSTOCK_ADMIN_TOKEN", "a-token"),
            Map.entry("ACME_WEB_KEY", "acme-key"));

    /** Files of other programs (compose, Kubernetes) live in conf too; ours name our schema in their first line. */
    static List<Path> shipped() throws Exception {
        try (Stream<Path> files = Files.walk(CONF)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .filter(ShippedFilesTest::isOurs)
                    .sorted()
                    .toList();
        }
    }

    private static boolean isOurs(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.findFirst().orElse("").contains("penstock.schema.json");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theExamplesAreAmongThem() throws Exception {
        assertThat(shipped())
                .contains(
                        CONF.resolve("penstock.yaml"),
                        CONF.resolve("examples/full.yaml"),
                        CONF.resolve("examples/three-lines.yaml"));
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void loads(Path file) {
        LoadResult result = new ConfigLoader(List.of(file), ROOT, ENV, null).load();

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void meansTheSameUnderYaml11And12(Path file) throws Exception {
        String text = Files.readString(file);
        Object old = new Yaml().load(text);
        Object current = new Load(LoadSettings.builder().build()).loadFromString(text);

        assertThat(old).isEqualTo(current);
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void namesTheSchemaRelativeToItself(Path file) throws Exception {
        String first = Files.readAllLines(file).get(0);

        Path schema = file.getParent()
                .resolve(first.substring(first.indexOf('=') + 1))
                .normalize();

        assertThat(first).startsWith("# yaml-language-server: $schema=");
        assertThat(schema).isEqualTo(CONF.resolve("penstock.schema.json").normalize());
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void isAcceptedByTheSchema(Path file) throws Exception {
        OutputUnit result = validate(Files.readString(file));

        assertThat(result.getValid()).as(String.valueOf(result.getErrors())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sever: {port: 1}",
                "server: {prot: 1}",
                "server: {port: 70000}",
                "server: {port: eighty}",
                "server: {drain: 30}",
                "server: {max_body: 20MB}",
                "providers: {x: {base_url: \"http://h\"}}",
                "providers: {x: {type: opnai}}",
                "models: {a: {tragets: [demo/demo]}}",
                "models: {a: {targets: [{wieght: 1, use: demo/demo}]}}",
                "models: {a: 5}",
                "static: {a: {marker: degraded}}"
            })
    void theSchemaRejectsWhatTheLoaderRejects(String yaml) throws Exception {
        assertThat(validate(yaml).getValid()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server: {port: \"${PORT:-8080}\", open: \"${OPEN}\", drain: \"${DRAIN}\"}",
                "providers: {x: {type: openai, base_url: \"${URL}\", http: 1.1, pool: 10k}}",
                "models: {a: demo/demo, b: [demo/demo, {use: a}], c: {targets: [a], timeouts: {idle: 1s}}}"
            })
    void theSchemaAcceptsReferencesAndShortForms(String yaml) throws Exception {
        OutputUnit result = validate(yaml);

        assertThat(result.getValid()).as(String.valueOf(result.getErrors())).isTrue();
    }

    @Test
    void theCommittedSchemaIsTheGeneratedOne() throws Exception {
        Path committed = CONF.resolve("penstock.schema.json");
        if (REGENERATE) {
            Files.writeString(committed, ConfigSchema.text());
        }
        assertThat(committed).hasContent(ConfigSchema.text());
    }

    private static OutputUnit validate(String yaml) throws Exception {
        Object value = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        JsonObject json = new JsonObject(new ObjectMapper().writeValueAsString(value));
        JsonObject schema = new JsonObject(Files.readString(CONF.resolve("penstock.schema.json")));
        JsonSchemaOptions options = new JsonSchemaOptions()
                .setBaseUri("https://penstock.invalid/")
                .setDraft(Draft.DRAFT202012)
                .setOutputFormat(OutputFormat.Basic);
        return Validator.create(JsonSchema.of(schema), options).validate(json);
    }
}
