// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The laws of the house. The import table below is the plan's text: to change who may see whom, change it here and say why. */
final class ArchitectureTest {

    private static final String BASE = "dev.penstock";

    /** Room -> rooms that it may import. The root package may import all of them; none imports the root. */
    private static final Map<String, Set<String>> MAY_IMPORT = Map.ofEntries(
            // materials
            Map.entry("exchange", Set.of()),
            Map.entry("sse", Set.of("exchange")),
            Map.entry("schema", Set.of("exchange", "sse")),
            Map.entry("policy", Set.of("exchange")),
            Map.entry("config", Set.of("exchange", "policy")),
            Map.entry("conversation", Set.of("exchange")),
            Map.entry("sidecall", Set.of("exchange")),
            Map.entry("fetch", Set.of("exchange", "config", "conversation", "sidecall")),
            Map.entry("credentials", Set.of("exchange", "config", "schema", "sidecall")),
            // the staircase: sisters are blind, only the pipeline knows the order
            Map.entry("routing", Set.of("exchange", "config")),
            Map.entry("provider", Set.of("exchange", "config", "schema", "sse", "credentials", "sidecall")),
            Map.entry("resilience", Set.of("exchange")),
            Map.entry("streaming", Set.of("exchange", "schema", "sse")),
            Map.entry("accounting", Set.of("exchange")),
            Map.entry("translation", Set.of("exchange", "conversation", "schema", "sse")),
            Map.entry("auth", Set.of("exchange", "config", "sidecall")),
            Map.entry("quota", Set.of("exchange", "config")),
            Map.entry("idempotency", Set.of("exchange", "config")),
            Map.entry("ledger", Set.of("exchange", "config", "accounting")),
            Map.entry("audit", Set.of("exchange", "config", "sidecall")),
            Map.entry("alert", Set.of("exchange", "config", "accounting", "sidecall")),
            Map.entry("switches", Set.of("exchange", "config")),
            Map.entry(
                    "pipeline",
                    Set.of(
                            "exchange",
                            "config",
                            "schema",
                            "sse",
                            "routing",
                            "provider",
                            "streaming",
                            "accounting",
                            "resilience",
                            "conversation",
                            "translation",
                            "fetch",
                            "quota",
                            "idempotency",
                            "switches",
                            "sidecall")),
            // doors
            Map.entry("ingress", Set.of("exchange", "config", "schema", "pipeline", "streaming", "auth")),
            Map.entry("admin", Set.of("exchange", "config")),
            // plant rooms: they implement ports, only the root imports them
            Map.entry(
                    "eventbus",
                    Set.of(
                            "exchange",
                            "config",
                            "routing",
                            "provider",
                            "accounting",
                            "resilience",
                            "switches",
                            "auth",
                            "pipeline")),
            Map.entry(
                    "cluster", Set.of("exchange", "config", "resilience", "quota", "idempotency", "switches", "auth")),
            Map.entry(
                    "store",
                    Set.of("exchange", "config", "accounting", "quota", "idempotency", "switches", "auth", "ledger")),
            Map.entry(
                    "telemetry",
                    Set.of(
                            "exchange",
                            "config",
                            "accounting",
                            "alert",
                            "streaming",
                            "resilience",
                            "quota",
                            "idempotency",
                            "ingress",
                            "admin")));

    private static final Set<String> STAIRCASE = Set.of(
            "auth",
            "quota",
            "idempotency",
            "switches",
            "routing",
            "resilience",
            "provider",
            "streaming",
            "accounting",
            "translation");
    private static final Set<String> PLANT = Set.of("eventbus", "cluster", "store", "telemetry");

    /** Package prefix of an outside thing -> the rooms that may touch it ("" is the root). */
    private static final Map<String, Set<String>> DOORS = Map.ofEntries(
            Map.entry("io.micrometer", Set.of("telemetry")),
            Map.entry("io.vertx.micrometer", Set.of("telemetry")),
            Map.entry("io.prometheus", Set.of("telemetry")),
            Map.entry("io.opentelemetry", Set.of("telemetry")),
            Map.entry("com.hazelcast", Set.of("cluster")),
            Map.entry("io.vertx.spi.cluster", Set.of("cluster")),
            Map.entry("io.vertx.redis", Set.of("store")),
            Map.entry("java.sql", Set.of("store")),
            Map.entry("javax.sql", Set.of("store")),
            Map.entry("org.sqlite", Set.of("store")),
            Map.entry("org.postgresql", Set.of("store")),
            Map.entry("org.flywaydb", Set.of("store")),
            Map.entry("io.vertx.ext.auth", Set.of("auth")),
            Map.entry("dev.openfeature", Set.of("switches")),
            Map.entry("io.vertx.circuitbreaker", Set.of("resilience")),
            Map.entry("com.netflix.concurrency", Set.of("resilience")),
            Map.entry("dev.cel", Set.of("policy")),
            Map.entry("com.samskivert.mustache", Set.of("policy")),
            Map.entry("io.vertx.ext.web.client", Set.of("sidecall")),
            Map.entry("io.vertx.ext.web.codec", Set.of("sidecall")),
            Map.entry("io.vertx.ext.web", Set.of("ingress", "admin")),
            Map.entry("io.vertx.core.eventbus", Set.of("eventbus")),
            Map.entry("io.vertx.core.http.HttpClient", Set.of("provider")),
            Map.entry("org.snakeyaml", Set.of("config")),
            Map.entry("com.github.victools", Set.of("config")),
            Map.entry("picocli", Set.of("")),
            Map.entry("sun.misc", Set.of("")));

    /** What the token path must not even know. */
    private static final List<String> COLD_THINGS = List.of(
            "com.fasterxml.jackson.databind",
            "org.slf4j",
            "org.apache.logging",
            "io.micrometer",
            "com.hazelcast",
            "io.vertx.redis",
            "java.sql",
            "io.vertx.core.json",
            "io.vertx.core.eventbus",
            "java.util.regex",
            BASE + ".config");

    private static JavaClasses classes;

    @BeforeAll
    static void importHouse() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(BASE);
    }

    @Test
    void noPackageIsPartOfACycle() {
        SlicesRuleDefinition.slices()
                .matching(BASE + ".(**)")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    @Test
    void everyRoomStandsInTheImportTable() {
        Set<String> found = new TreeSet<>();
        classes.forEach(c -> found.add(room(c.getPackageName())));
        found.remove("");
        assertThat(MAY_IMPORT.keySet()).containsAll(found);
    }

    @Test
    void roomsImportOnlyWhatTheTableAllows() {
        Map<String, String> offences = new TreeMap<>();
        forEachDependency((from, to) -> {
            String source = room(from.getPackageName());
            String goal = room(to.getPackageName());
            if (!to.getPackageName().startsWith(BASE) || source.equals(goal) || source.isEmpty()) {
                return;
            }
            if (!MAY_IMPORT.getOrDefault(source, Set.of()).contains(goal)) {
                offences.put(from.getName() + " -> " + to.getName(), source + " may not import " + goal);
            }
        });
        assertThat(offences).isEmpty();
    }

    @Test
    void sistersOfTheStaircaseAreBlindInTheTableItself() {
        for (String room : STAIRCASE) {
            assertThat(MAY_IMPORT.getOrDefault(room, Set.of())).as(room).doesNotContainAnyElementsOf(STAIRCASE);
        }
    }

    @Test
    void onlyTheRootImportsPlantRooms() {
        MAY_IMPORT.forEach((room, imports) -> assertThat(imports).as(room).doesNotContainAnyElementsOf(PLANT));
    }

    @Test
    void hotRoomsDoNotSeeColdThings() {
        List<String> offences = new ArrayList<>();
        forEachDependency((from, to) -> {
            String source = room(from.getPackageName());
            if (source.equals("sse") || source.equals("streaming")) {
                COLD_THINGS.stream()
                        .filter(cold -> to.getName().startsWith(cold))
                        .forEach(cold -> offences.add(from.getName() + " -> " + to.getName()));
            }
        });
        assertThat(offences).isEmpty();
    }

    @Test
    void everyOutsideThingHasOneDoor() {
        Map<String, String> offences = new TreeMap<>();
        forEachDependency((from, to) -> {
            String source = room(from.getPackageName());
            DOORS.entrySet().stream()
                    .filter(door -> to.getName().startsWith(door.getKey()))
                    // the longest prefix names the thing: web.client is not web
                    .max(java.util.Comparator.comparingInt(door -> door.getKey().length()))
                    .filter(door -> !door.getValue().contains(source))
                    .ifPresent(door -> offences.put(from.getName() + " -> " + to.getName(), "only " + door.getValue()));
        });
        assertThat(offences).isEmpty();
    }

    @Test
    void onlyTheVocabularyAndTheRootReadTheClock() {
        Set<String> offences = new TreeSet<>();
        for (JavaClass c : classes) {
            String room = room(c.getPackageName());
            if (room.equals("exchange") || room.isEmpty()) {
                continue;
            }
            c.getMethodCallsFromSelf().stream()
                    .filter(call -> {
                        String owner = call.getTargetOwner().getName();
                        String name = call.getName();
                        return owner.equals("java.lang.System")
                                        && (name.equals("nanoTime") || name.equals("currentTimeMillis"))
                                || owner.equals("java.time.Instant") && name.equals("now")
                                || owner.equals("java.lang.Math") && name.equals("random")
                                || owner.equals("java.util.concurrent.ThreadLocalRandom");
                    })
                    .forEach(call -> offences.add(call.getDescription()));
        }
        assertThat(offences).isEmpty();
    }

    @Test
    void mostTypesAreHiddenOrFinal() {
        for (JavaClass c : classes) {
            boolean extensible = c.isInterface()
                    || c.isEnum()
                    || c.isRecord()
                    || c.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT)
                    || c.isAnonymousClass()
                    || c.getSimpleName().equals("package-info");
            if (!extensible) {
                assertThat(c.getModifiers())
                        .as(c.getName() + " is final")
                        .contains(com.tngtech.archunit.core.domain.JavaModifier.FINAL);
            }
        }
    }

    @Test
    void everyRoomExplainsItselfAndStartsWithItsTemperature() throws Exception {
        Path root = Path.of(System.getProperty("penstock.basedir", "."), "src/main/java/dev/penstock");
        Set<String> packages = new TreeSet<>();
        classes.forEach(c -> packages.add(c.getPackageName()));
        for (String name : packages) {
            Path info = root.resolve(name.substring(BASE.length())
                            .replaceFirst("^\\.", "")
                            .replace('.', '/'))
                    .resolve("package-info.java");
            assertThat(info).exists();
            String text = Files.readString(info);
            assertThat(text).as(name).contains("@org.jspecify.annotations.NullMarked");
            if (!name.equals(BASE + ".exchange")) {
                assertThat(text).as(name).containsPattern("/\\*\\*\\s+\\* (Hot|Warm|Cold)");
            }
        }
    }

    private interface Edge {
        void visit(JavaClass from, JavaClass to);
    }

    private static void forEachDependency(Edge edge) {
        classes.forEach(c -> c.getDirectDependenciesFromSelf()
                .forEach(d -> edge.visit(d.getOriginClass(), d.getTargetClass().getBaseComponentType())));
    }

    /** The first package below the base: {@code schema.openai} belongs to the room {@code schema}. */
    private static String room(String packageName) {
        if (!packageName.startsWith(BASE + ".")) {
            return "";
        }
        String rest = packageName.substring(BASE.length() + 1);
        int dot = rest.indexOf('.');
        return dot < 0 ? rest : rest.substring(0, dot);
    }
}
