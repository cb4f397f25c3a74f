// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Test;

/** Runs the logging configuration of the product in a process of its own and reads its lines. */
final class SystemLogTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What the process logs. */
    static final class Speaker {

        private Speaker() {}

        public static void main(String[] args) {
            Logger log = LogManager.getLogger("dev.penstock.Speaker");
            log.debug("a detail");
            log.info("model {}", "x\"}\n{\"log.level\":\"FORGED\"}\u001b[31m");
            log.error("broken", new IllegalStateException("in\nside"));
            LogManager.getLogger("io.netty.handler").info("authorization: Bearer sk-secret");
            org.slf4j.LoggerFactory.getLogger("io.vertx.core").warn("a library warns");
            LogManager.shutdown();
        }
    }

    @Test
    void everyLineIsEcsJsonAndNothingBreaksOutOfIt() throws Exception {
        List<JsonNode> lines = speak("INFO");

        assertThat(lines).extracting(line -> line.at("/log.level").asText()).containsExactly("INFO", "ERROR", "WARN");
        assertThat(lines.get(0).at("/message").asText()).isEqualTo("model x\"}\n{\"log.level\":\"FORGED\"}\u001b[31m");
        assertThat(lines.get(0).at("/@timestamp").asText())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(lines.get(0).at("/event/dataset").asText()).isEqualTo("penstock.system");
        assertThat(lines.get(1).at("/error/type").asText()).isEqualTo("java.lang.IllegalStateException");
        assertThat(lines.get(1).at("/error/stack_trace").asText()).contains("in\nside", "at dev.penstock");
        assertThat(lines.get(2).at("/message").asText()).isEqualTo("a library warns");
    }

    @Test
    void theVariableOpensOurDetailsAndNeverThoseOfTheNetwork() throws Exception {
        List<JsonNode> lines = speak("TRACE");

        assertThat(lines)
                .extracting(line -> line.at("/message").asText())
                .contains("a detail")
                .noneMatch(message -> message.contains("sk-secret"));
    }

    private static List<JsonNode> speak(String level) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                Speaker.class.getName());
        builder.environment().put("PENSTOCK_LOG_LEVEL", level);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }
}
