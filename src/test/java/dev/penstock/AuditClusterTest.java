// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.MemberMesh;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three gateways in one cluster are witnesses of each other's audits, and the command finds what was done to one of them. */
final class AuditClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void whatIsDoneToOneNodesAuditTheOthersTell() throws Exception {
        List<Integer> ports = MemberMesh.freePorts(6);
        try (InProcess first = node(ports, 0);
                InProcess second = node(ports, 1);
                InProcess third = node(ports, 2)) {
            List<InProcess> nodes = List.of(first, second, third);
            for (InProcess node : nodes) {
                assertThat(node.admin("PUT", "/admin/v1/switches/model.demo", "{\"state\":\"disabled\",\"force\":true}")
                                .statusCode())
                        .isEqualTo(200);
            }
            for (InProcess node : nodes) {
                String key = key(node);
                for (InProcess witness : nodes) {
                    await(
                            "heads arrive",
                            () -> witness == node || foreignKeys(witness).contains(key));
                }
            }
        }

        assertThat(run("audit", "verify", "--dir", "0", "--dir", "1", "--dir", "2"))
                .as(err + "" + out)
                .isZero();
        assertThat(out.toString()).contains("together: intact");
        assertThat(run("audit", "verify", "--dir", "0")).isZero();
        assertThat(out.toString()).contains("holds heads of node ");
        assertThat(run("audit", "list", "--dir", "0", "--dir", "1", "--dir", "2", "-o", "json"))
                .isZero();
        assertThat(out.toString().lines().map(JsonObject::new).map(each -> each.getString("kind")))
                .as("first all beginnings, at last all ends")
                .startsWith("audit.opened")
                .endsWith("audit.closed")
                .hasSizeGreaterThan(12);
        assertThat(run("audit", "list", "--dir", "0")).isZero();
        assertThat(out.toString()).contains("  " + Version.node() + "  audit.head  -  node " + Version.node());

        assertThat(run("audit", "verify", "--dir", "1", "--dir", "2")).isEqualTo(6);
        assertThat(err.toString()).contains("no folder has that chain", ".jsonl:");

        Path records = folder.resolve("0/000000000001.jsonl");
        Files.writeString(records, Files.readAllLines(records).getFirst() + "\n");
        Files.delete(folder.resolve("0/000000000001.heads"));
        Files.delete(folder.resolve("0/newest.head"));
        assertThat(run("audit", "verify", "--dir", "0"))
                .as("put back to its beginning, alone " + err)
                .isZero();
        assertThat(run("audit", "verify", "--dir", "0", "--dir", "1", "--dir", "2", "-o", "json"))
                .isEqualTo(6);
        JsonArray between = new JsonObject(out.toString()).getJsonArray("between");
        assertThat(between).hasSize(2);
        assertThat(between.encode()).contains("cut off or written anew");
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        PrintWriter output = new PrintWriter(out, true);
        Cli cli = new Cli(Map.of(), folder, output, new PrintWriter(err, true), (s, r) -> null, new Random(7));
        return Main.run(args, cli);
    }

    private static String key(InProcess node) {
        return new JsonObject(node.admin("GET", "/admin/v1/audit/key").body()).getString("public_key");
    }

    private static List<String> foreignKeys(InProcess node) {
        return new JsonObject(
                        node.admin("GET", "/admin/v1/audit?kind=audit.head").body())
                .getJsonArray("records").stream()
                        .map(each ->
                                ((JsonObject) each).getJsonObject("details").getString("public_key"))
                        .toList();
    }

    private InProcess node(List<Integer> ports, int index) {
        return InProcess.start("""
                storage: none
                observability: {audit: {dir: "%s", checkpoint: 1s}}
                """.formatted(folder.resolve("" + index)) + Peers.section("test", ports, index));
    }

    private static void await(String what, BooleanSupplier holds) {
        Peers.await(what, PATIENCE, holds);
    }
}
