// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.config.AuditConfig;
import dev.penstock.exchange.AuditEvent;
import dev.penstock.exchange.AuditLog;
import dev.penstock.exchange.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The audit of one process: events come in on any thread and are written by one of its own, which waits for the disk so that nobody else
 * does. While the disk does not take them, told events wait in memory up to a bound and then are counted as lost, which a record says
 * later; events that were to be kept fail at once. It heals by itself.
 */
public final class AuditTrail implements AuditLog, AutoCloseable {

    static final String DROPPED = "audit.dropped";

    private static final Logger LOG = LogManager.getLogger(AuditTrail.class);
    private static final int MOST_WAITING = 8192;
    private static final int GROUP = 512;
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final long TRY_AGAIN = Duration.ofSeconds(1).toNanos();
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    /** What alone is no reason to make a folder that nobody asked for. */
    private static final Set<String> NO_REASON =
            Set.of(AuditEvent.NODE_START, AuditEvent.NODE_STOP, AuditEvent.CONFIG_APPLIED, AuditEvent.CONFIG_REFUSED);

    private record Waiting(Journal.Stamped event, @Nullable CompletableFuture<Void> done) {}

    /**
     * How it is doing.
     *
     * @param open whether it can write
     * @param records that this process wrote
     * @param dropped events that were lost
     * @param failures times that the disk did not do what it should
     * @param signedAge time since the last signed head; zero for none yet
     * @param detail for people
     */
    public record Health(boolean open, long records, long dropped, long failures, Duration signedAge, String detail) {}

    private final AuditConfig config;
    private final Path folder;
    private final String node;
    private final Disk disk;
    private final Ticker ticker;
    private final SecureRandom random;
    private final Consumer<String> heads;
    private final Failures failed;
    private final Witness witness;
    private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>(MOST_WAITING);
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicLong written = new AtomicLong();
    private final Thread writer;

    // Of the writer's thread alone:
    private final Deque<Waiting> pending = new ArrayDeque<>();
    private @Nullable Journal journal;
    private Journal.@Nullable Mark mark;
    private long tryAgain;
    private long droppedTold;

    private volatile boolean closing;
    private volatile long signedAt;
    private volatile boolean everSigned;
    private volatile String trouble = "";

    AuditTrail(
            AuditConfig config,
            Path folder,
            String node,
            Disk disk,
            Ticker ticker,
            SecureRandom random,
            Consumer<String> heads) {
        this.config = config;
        this.folder = folder;
        this.node = node;
        this.disk = disk;
        this.ticker = ticker;
        this.random = random;
        this.heads = heads;
        this.failed = new Failures(ticker);
        this.witness = new Witness(node, ticker);
        this.tryAgain = ticker.nanos();
        this.writer = Thread.ofPlatform().name("penstock-audit").unstarted(this::run);
    }

    /**
     * Begins to write. What is wrong with the folder is told by {@link #health}.
     *
     * @param config with a folder
     * @param heads hears of every signed head as a line of JSON, on the thread that writes; must not wait
     */
    public static AuditTrail open(AuditConfig config, String node, Ticker ticker, Consumer<String> heads) {
        Path folder = config.dir();
        if (folder == null) {
            throw new IllegalArgumentException("no folder");
        }
        AuditTrail trail = new AuditTrail(config, folder, node, Disk.REAL, ticker, new SecureRandom(), heads);
        trail.start();
        return trail;
    }

    void start() {
        writer.start();
    }

    // ---- any thread

    @Override
    public void tell(AuditEvent event) {
        if (closing || !queue.offer(new Waiting(new Journal.Stamped(event, ticker.now()), null))) {
            dropped.incrementAndGet();
        }
    }

    @Override
    public void tell(AuditEvent event, Map<String, byte[]> payloads) {
        Map<String, String> details = new LinkedHashMap<>(event.details());
        payloads.forEach((name, payload) -> {
            switch (config.payloads()) {
                case NONE -> {}
                case HASH -> describe(name, payload, details);
                case STORE -> {
                    describe(name, payload, details);
                    details.put(name, new String(payload, UTF_8));
                }
            }
        });
        tell(new AuditEvent(event.kind(), event.actor(), event.what(), event.before(), event.after(), details));
    }

    private static void describe(String name, byte[] payload, Map<String, String> details) {
        details.put(name + "_bytes", Integer.toString(payload.length));
        details.put(name + "_sha256", Canonical.sha256(payload));
    }

    @Override
    public CompletionStage<Void> keep(AuditEvent event) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (closing || !queue.offer(new Waiting(new Journal.Stamped(event, ticker.now()), done))) {
            done.completeExceptionally(new IOException("too many events wait, or the node goes down"));
        }
        return done;
    }

    /**
     * Somebody was not let in. The first ones of a minute and source are written one by one, the rest as a number.
     *
     * @param actor who it is, where that is known and not enough; else empty
     * @param source address of the caller
     */
    public void refused(String actor, String listener, String code, String source) {
        if (failed.isWritten(source)) {
            tell(AuditEvent.of(AuditEvent.AUTH_REFUSED, actor, listener, Map.of("code", code, "source", source)));
        }
    }

    /** From now on the other nodes hear how far this chain is. */
    public void join(Peers peers) {
        witness.join(peers);
    }

    /** What another node told of its chain; it is judged, and written into this one. Nothing waits. */
    public void heard(byte[] notice) {
        witness.heard(notice);
    }

    /** Notices of other nodes that were none, or too many. Any thread. */
    public long refusedNotices() {
        return witness.refused();
    }

    public Health health() {
        Duration age = everSigned ? Duration.ofNanos(Math.max(0, ticker.nanos() - signedAt)) : Duration.ZERO;
        String problem = trouble;
        String state = problem.isEmpty() ? "writes into " + folder : problem;
        return new Health(problem.isEmpty(), written.get(), dropped.get(), failures.get(), age, state);
    }

    // ---- the writer's thread

    private void run() {
        List<Waiting> group = new ArrayList<>();
        while (!closing || !queue.isEmpty()) {
            try {
                Waiting first = queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                if (first != null) {
                    group.add(first);
                    queue.drainTo(group, GROUP - 1);
                }
                turn(group);
                group.clear();
            } catch (InterruptedException e) {
                closing = true;
            }
        }
        last();
    }

    /** Writes what has come and what had to wait, and does what is due. */
    void turn(List<Waiting> come) {
        pending.addAll(come);
        failed.over(false).forEach(this::later);
        while (pending.size() > MOST_WAITING) {
            lose(pending.pollFirst());
        }
        if (isIdle()) {
            return;
        }
        if (journal == null && ticker.nanos() - tryAgain < 0) {
            refuseThoseToKeep();
            return;
        }
        try {
            Journal open = opened();
            witness.due(closing).forEach(this::later);
            write(open);
            open.tick();
            witness.tell(false);
        } catch (IOException | RuntimeException e) {
            // Whatever it is: the thread must not end, or the audit would, and nobody would hear of it.
            broken(e);
        }
    }

    private void later(AuditEvent event) {
        pending.add(new Waiting(new Journal.Stamped(event, ticker.now()), null));
    }

    /** A folder that nobody has named is not made before there is something to keep. */
    private boolean isIdle() {
        boolean none = journal == null
                && !config.asked()
                && !Files.exists(folder)
                && pending.stream()
                        .allMatch(
                                each -> NO_REASON.contains(each.event().event().kind()));
        return none || (journal == null && pending.isEmpty() && !config.asked() && !Files.exists(folder));
    }

    private Journal opened() throws IOException {
        Journal open = journal;
        if (open == null) {
            disk.makeFolder(folder);
            Path keyFile = config.key() == null ? folder.resolve("audit.key") : config.key();
            InstallationKey key = InstallationKey.at(keyFile, disk, random);
            open = Journal.open(folder, node, key, disk, ticker, rules(), mark, this::signed);
            journal = open;
            mark = null;
            witness.opened(open.key(), open.newest(), open.foreign());
        }
        return open;
    }

    private Journal.Rules rules() {
        return new Journal.Rules(config.segmentBytes(), config.segmentAge(), config.checkpoint(), config.retention());
    }

    private void signed(Head head) {
        signedAt = ticker.nanos();
        everSigned = true;
        witness.signed(head);
        heads.accept(new String(head.line(), UTF_8));
    }

    private void write(Journal open) throws IOException {
        List<Journal.Stamped> events = new ArrayList<>();
        pending.forEach(each -> events.add(each.event()));
        long lost = dropped.get();
        if (lost > droppedTold) {
            String count = Long.toString(lost - droppedTold);
            events.add(new Journal.Stamped(AuditEvent.of(DROPPED, "", "audit", Map.of("events", count)), ticker.now()));
        }
        long before = open.records();
        // A segment may be sealed in between, and what comes behind the seal is as new as what stands before it.
        witness.records(events);
        try {
            open.append(events);
            trouble = "";
        } finally {
            // All of them; or those before the end of a segment that could not be sealed, which must not be written
            // again.
            written.addAndGet(open.records() - before);
            kept(open.appended());
            if (open.appended() == events.size()) {
                droppedTold = lost;
            }
        }
        witness.records(events);
    }

    private void kept(int events) {
        for (int i = 0; i < events && !pending.isEmpty(); i++) {
            CompletableFuture<Void> done = pending.removeFirst().done();
            if (done != null) {
                done.complete(null);
            }
        }
    }

    private void broken(Exception e) {
        failures.incrementAndGet();
        boolean isBug = e instanceof RuntimeException;
        if (trouble.isEmpty()) {
            LOG.error("audit: cannot be written: {}", e.toString(), isBug ? e : null);
        }
        trouble = "cannot be written: " + (isBug ? e.toString() : e.getMessage());
        Journal open = journal;
        if (open != null) {
            mark = open.mark();
            journal = null;
            try {
                open.close();
            } catch (IOException again) {
                LOG.debug("audit: closing failed: {}", again.toString());
            }
        }
        tryAgain = ticker.nanos() + TRY_AGAIN;
        refuseThoseToKeep();
    }

    /** Whoever asked for them was told that they are not written; so they never are. */
    private void refuseThoseToKeep() {
        pending.removeIf(each -> {
            CompletableFuture<Void> done = each.done();
            if (done != null) {
                done.completeExceptionally(new IOException("the audit cannot be written"));
            }
            return done != null;
        });
    }

    private void lose(@Nullable Waiting event) {
        dropped.incrementAndGet();
        CompletableFuture<Void> done = event == null ? null : event.done();
        if (done != null) {
            done.completeExceptionally(new IOException("too many events wait"));
        }
    }

    private void last() {
        failed.over(true).forEach(this::later);
        turn(List.of());
        Journal open = journal;
        if (open != null) {
            try (open) {
                open.finish();
                witness.tell(true);
            } catch (IOException e) {
                LOG.error("audit: not closed as it should be: {}", e.toString());
            }
        }
        journal = null;
        queue.drainTo(pending);
        refuseThoseToKeep();
        if (!pending.isEmpty() && !isIdle()) {
            dropped.addAndGet(pending.size());
            LOG.error("audit: {} events are lost: the process ends, and they {}", pending.size(), trouble);
        }
    }

    /** Writes what waits and the last word. Blocks for some seconds at most. */
    @Override
    public void close() {
        closing = true;
        try {
            writer.join(CLOSE_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
