// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.AuditConfig;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AnchorsTest {

    @TempDir
    Path data;

    private final FullDisk disk = new FullDisk();
    private final ManualTime time = new ManualTime();
    private final List<String> sent = new ArrayList<>();
    private boolean broken;

    private SideCalls calls() {
        if (broken) {
            throw new IllegalStateException("not now");
        }
        return new SideCalls() {
            @Override
            public Future<SideReply> send(SideCall call) {
                sent.add(String.valueOf(call.body()));
                return Future.succeededFuture(new SideReply(200, name -> null, new byte[0]));
            }

            @Override
            public void close() {}
        };
    }

    private Anchors anchors(Path file, URI webhook) {
        return new Anchors(
                new AuditConfig.Anchor(file, webhook, null, null, null),
                this::calls,
                calls -> {
                    throw new IllegalStateException("no bucket");
                },
                time,
                Runnable::run,
                disk);
    }

    @Test
    void aHeadThatDoesNotFitOnTheDiskLeavesNoHalfOfItselfToTheNext() throws Exception {
        Path file = data.resolve("heads");
        Anchors anchors = anchors(file, null);
        anchors.accept("{\"head\":1}");
        disk.room = 5;
        anchors.accept("{\"head\":2}");
        disk.room = Long.MAX_VALUE;
        anchors.accept("{\"head\":3}");
        assertThat(Files.readAllLines(file)).containsExactly("{\"head\":1}", "{\"head\":3}");
        assertThat(anchors.failures()).isEqualTo(1);
    }

    @Test
    void whatGoesWrongBeforeARequestIsMadeIsTriedAgain() {
        broken = true;
        Anchors anchors = anchors(null, URI.create("http://localhost/heads"));
        anchors.accept("{\"head\":1}");
        assertThat(anchors.failures()).isEqualTo(1);
        broken = false;
        time.advance(Duration.ofSeconds(1));
        assertThat(sent).containsExactly("{\"head\":1}");
        anchors.accept("{\"head\":2}");
        assertThat(sent).hasSize(2);
    }
}
