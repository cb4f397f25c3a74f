// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files that run Penstock somewhere: they parse, and they keep the promises of operations.md. */
final class DeploymentFilesTest {

    private static final Path TOP = Path.of(System.getProperty("penstock.basedir", "."));
    private static final Duration DRAIN_WITH_DELAY = Duration.ofSeconds(125);

    @Test
    void everyYamlFileMeansTheSameToOldAndNewParsers() throws IOException {
        List<Path> files = files(TOP.resolve("conf"), path -> path.toString().endsWith(".yaml"));

        assertThat(files).hasSizeGreaterThan(10);
        for (Path file : files) {
            String text = Files.readString(file);
            assertThat(yaml12(text)).as(file.toString()).isEqualTo(yaml11(text)).isNotEmpty();
        }
    }

    @Test
    void theImageRunsAsNobodyAndHandlesSignalsItself() throws IOException {
        List<String> last = lastStage();

        assertThat(last).contains("USER 10001:10001", "STOPSIGNAL SIGTERM");
        assertThat(last)
                .filteredOn(line -> line.startsWith("ENTRYPOINT") || line.startsWith("CMD"))
                .hasSize(2)
                .allMatch(line -> line.contains("[\""));
        assertThat(last).anyMatch(line -> line.startsWith("HEALTHCHECK") && line.contains("CMD [\"java\""));
        assertThat(last.indexOf("USER 10001:10001")).isGreaterThan(lastIndex(last, "COPY"));
    }

    @Test
    void theImageIsBuiltFromNamedVersionsAndFetchesNothingByHand() throws IOException {
        List<String> lines = dockerfile();

        assertThat(lines)
                .filteredOn(line -> line.startsWith("FROM"))
                .hasSize(4)
                .noneMatch(line -> line.contains(":latest"))
                .allMatch(line -> line.contains(":") || line.matches("FROM (base|train)( AS \\w+)?"));
        assertThat(lines).noneMatch(line -> line.startsWith("ADD "));
        assertThat(lines).noneMatch(line -> line.matches(".*\\b(curl|wget|apt-get)\\b.*"));
    }

    @Test
    void theArchiveIsRecordedWithTheFlagsOfProduction() throws IOException {
        String text = Files.readString(TOP.resolve("Dockerfile"));

        assertThat(text)
                .contains("java @jvm.options -XX:AOTCacheOutput=/app/penstock.aot -jar penstock.jar")
                .contains("\"@/app/jvm.options\", \"-XX:AOTCache=/app/penstock.aot\"");
        for (String flag : List.of("-XX:+UseG1GC", "-XX:+UseCompactObjectHeaders", "-XX:+ExitOnOutOfMemoryError")) {
            assertThat(text.lines()).contains(flag);
            assertThat(Files.readString(TOP.resolve("conf/systemd/penstock.service")))
                    .contains(flag);
        }
    }

    @Test
    void theBuildContextHoldsOnlyWhatTheImageIsBuiltFrom() throws IOException {
        List<String> allowed = Files.readAllLines(TOP.resolve(".dockerignore")).stream()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();
        List<String> copied = dockerfile().stream()
                .filter(line -> line.startsWith("COPY") && !line.contains("--from") && !line.contains("<<"))
                .map(line -> line.split(" ")[1])
                .toList();

        assertThat(copied).containsExactlyInAnyOrderElementsOf(allowed);
    }

    @Test
    void everySupervisorWaitsLongerThanADrainTakes() throws IOException {
        Map<String, Object> pod = pod();
        String unit = Files.readString(TOP.resolve("conf/systemd/penstock.service"));
        Map<String, Object> service = at(document("conf/compose.yaml"), "services", "penstock");

        assertThat((Integer) pod.get("terminationGracePeriodSeconds"))
                .isGreaterThan((int) DRAIN_WITH_DELAY.toSeconds());
        assertThat(number(unit, "TimeoutStopSec=(\\d+)")).isGreaterThan(DRAIN_WITH_DELAY.toSeconds());
        assertThat(number(service.get("stop_grace_period").toString(), "(\\d+)s"))
                .isGreaterThan(DRAIN_WITH_DELAY.toSeconds());
    }

    @Test
    void thePodIsRestricted() throws IOException {
        Map<String, Object> pod = pod();
        Map<String, Object> container = container();

        assertThat(at(pod, "securityContext"))
                .containsEntry("runAsNonRoot", true)
                .containsEntry("runAsUser", 10001);
        assertThat(at(pod, "securityContext", "seccompProfile")).containsEntry("type", "RuntimeDefault");
        assertThat(pod).containsEntry("automountServiceAccountToken", false);
        assertThat(at(container, "securityContext"))
                .containsEntry("allowPrivilegeEscalation", false)
                .containsEntry("readOnlyRootFilesystem", true);
        assertThat(at(container, "securityContext", "capabilities")).containsEntry("drop", List.of("ALL"));
        assertThat(at(container, "resources")).containsKeys("requests", "limits");
    }

    @Test
    void probesAskTheApiPort() throws IOException {
        Map<String, Object> container = container();

        assertThat(at(container, "livenessProbe", "httpGet")).isEqualTo(Map.of("path", "/livez", "port", "api"));
        assertThat(at(container, "readinessProbe", "httpGet")).isEqualTo(Map.of("path", "/readyz", "port", "api"));
        assertThat(at(container, "startupProbe", "httpGet")).isEqualTo(Map.of("path", "/livez", "port", "api"));
    }

    @Test
    void theBaseNamesEachOfItsFiles() throws IOException {
        Map<String, Object> base = document("conf/k8s/base/kustomization.yaml");
        List<String> there = files(
                        TOP.resolve("conf/k8s/base"), path -> path.toString().endsWith(".yaml"))
                .stream()
                .map(path -> path.getFileName().toString())
                .filter(name -> !name.equals("kustomization.yaml") && !name.equals("penstock.yaml"))
                .toList();

        assertThat((List<?>) base.get("resources")).map(Object::toString).containsExactlyInAnyOrderElementsOf(there);
    }

    @Test
    void noFileCarriesASecret() throws IOException {
        Map<String, Object> secret = document("conf/k8s/base/secret.yaml");
        Map<String, Object> stub = at(secret, "stringData");

        assertThat(stub.values()).isNotEmpty().allMatch(""::equals);
        for (Path file : files(TOP.resolve("conf"), path -> true)) {
            assertThat(Files.readString(file)).as(file.toString()).doesNotContainPattern("sk-[A-Za-z0-9]{8}");
        }
    }

    @Test
    void theConfigurationOfThePodsLoadsOnceItsSecretIsFilled() {
        Path file = TOP.resolve("conf/k8s/base/penstock.yaml").toAbsolutePath();
        Map<String, String> filled =
                Map.of("PENSTOCK_API_KEY", "a", "PENSTOCK_ADMIN_TOKEN", "b", "OPENAI_API_KEY", "c");
        Map<String, String> stub = Map.of("PENSTOCK_API_KEY", "", "PENSTOCK_ADMIN_TOKEN", "", "OPENAI_API_KEY", "");

        assertThat(new ConfigLoader(List.of(file), TOP, filled, null).load()).isInstanceOf(LoadResult.Loaded.class);
        assertThat(new ConfigLoader(List.of(file), TOP, stub, null).load())
                .isInstanceOfSatisfying(LoadResult.Invalid.class, invalid -> assertThat(
                                invalid.problems().toString())
                        .contains("PENSTOCK_API_KEY", "PENSTOCK_ADMIN_TOKEN", "OPENAI_API_KEY"));
    }

    @Test
    void theUnitReloadsByHangupAndGivesUpItsPrivileges() throws IOException {
        List<String> unit = Files.readAllLines(TOP.resolve("conf/systemd/penstock.service"));

        assertThat(unit)
                .contains(
                        "ExecReload=/bin/kill -HUP $MAINPID",
                        "DynamicUser=yes",
                        "ProtectSystem=strict",
                        "NoNewPrivileges=yes",
                        "LimitNOFILE=1048576");
    }

    private static List<String> dockerfile() throws IOException {
        String joined = Files.readString(TOP.resolve("Dockerfile")).replace("\\\n", " ");
        return joined.lines()
                .map(line -> line.strip().replaceAll("\\s+", " "))
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    private static List<String> lastStage() throws IOException {
        List<String> lines = dockerfile();
        return lines.subList(lastIndex(lines, "FROM"), lines.size());
    }

    private static int lastIndex(List<String> lines, String start) {
        int last = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(start)) {
                last = i;
            }
        }
        return last;
    }

    private static Map<String, Object> pod() throws IOException {
        return at(document("conf/k8s/base/deployment.yaml"), "spec", "template", "spec");
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> container() throws IOException {
        return ((List<Map<String, Object>>) pod().get("containers")).get(0);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> document(String file) throws IOException {
        return (Map<String, Object>) yaml12(Files.readString(TOP.resolve(file))).get(0);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> at(Map<String, Object> from, String... path) {
        Map<String, Object> here = from;
        for (String key : path) {
            here = (Map<String, Object>) here.get(key);
            assertThat(here).as(key).isNotNull();
        }
        return here;
    }

    private static List<Object> yaml12(String text) {
        List<Object> documents = new ArrayList<>();
        new Load(LoadSettings.builder().setAllowDuplicateKeys(false).build())
                .loadAllFromString(text)
                .forEach(documents::add);
        return documents;
    }

    private static List<Object> yaml11(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return StreamSupport.stream(
                        new Yaml(new SafeConstructor(options)).loadAll(text).spliterator(), false)
                .toList();
    }

    private static long number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern).isTrue();
        return Long.parseLong(matcher.group(1));
    }

    private static List<Path> files(Path root, Predicate<Path> wanted) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).filter(wanted).sorted().toList();
        }
    }
}
