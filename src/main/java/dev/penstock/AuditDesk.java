// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.admin.AdminAudit;
import dev.penstock.admin.Readiness;
import dev.penstock.audit.AnchorSigner;
import dev.penstock.audit.Anchors;
import dev.penstock.audit.AuditQuery;
import dev.penstock.audit.AuditReader;
import dev.penstock.audit.AuditTrail;
import dev.penstock.audit.Peers;
import dev.penstock.config.AuditConfig;
import dev.penstock.config.ReloadResult;
import dev.penstock.exchange.AuditEvent;
import dev.penstock.exchange.AuditLog;
import dev.penstock.exchange.ChangeLog;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Ticker;
import dev.penstock.ingress.EdgeListener;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.telemetry.Metrics;
import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Brings what happens in the house to the audit, and what the audit knows to those who run it. Without a folder it does nothing but log. */
final class AuditDesk implements AdminAudit, ChangeLog, AutoCloseable {

    private static final int USUAL_PAGE = 100;
    private static final int LARGEST_PAGE = 1000;
    private static final int MOST_PROBLEMS = 10;
    /** A disk that hangs does not answer, and somebody waits. */
    private static final long PATIENCE_SECONDS = 5;

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}");
    private static final List<String> QUESTIONS = List.of("from", "to", "kind", "actor", "after", "limit");

    private final AuditConfig config;
    private final Vertx vertx;
    private final @Nullable AuditTrail trail;
    private final @Nullable Anchors anchors;
    private final AuditLog log;
    private final ChangeLog lines = new LoggedChanges();

    private AuditDesk(AuditConfig config, Vertx vertx, @Nullable AuditTrail trail, @Nullable Anchors anchors) {
        this.config = config;
        this.vertx = vertx;
        this.trail = trail;
        this.anchors = anchors;
        this.log = trail == null ? AuditLog.NONE : trail;
    }

    /**
     * Begins to write, where there is a folder.
     *
     * @param loop that anchors are called from
     */
    static AuditDesk open(AuditConfig config, Vertx vertx, EventLoop loop, Ticker ticker) {
        if (config.dir() == null) {
            return new AuditDesk(config, vertx, null, null);
        }
        Context context =
                ((VertxInternal) vertx).contextBuilder().withEventLoop(loop).build();
        Anchors anchors = config.anchor().isNone()
                ? null
                : new Anchors(
                        config.anchor(),
                        () -> SideCalls.over(vertx),
                        calls -> signing(config.anchor(), vertx, calls, ticker),
                        new VertxTimers(loop),
                        task -> context.runOnContext(run -> task.run()));
        AuditTrail trail = AuditTrail.open(config, Version.node(), ticker, anchors == null ? head -> {} : anchors);
        return new AuditDesk(config, vertx, trail, anchors);
    }

    private static AnchorSigner signing(AuditConfig.Anchor anchor, Vertx vertx, SideCalls calls, Ticker ticker) {
        AuditConfig.Bucket bucket = anchor.s3();
        if (bucket == null) {
            throw new IllegalStateException("no bucket to sign for");
        }
        return new BucketSigning(bucket, vertx, calls, ticker);
    }

    // ---- the other nodes

    void join(Peers peers) {
        if (trail != null) {
            trail.join(peers);
        }
    }

    void heard(byte[] notice) {
        if (trail != null) {
            trail.heard(notice);
        }
    }

    // ---- what happens

    void started(String version) {
        log.tell(AuditEvent.of(
                AuditEvent.NODE_START, "", "node", Map.of("version", Version.number(), "config", version)));
    }

    void reloaded(String before, ReloadResult result) {
        switch (result) {
            case ReloadResult.Applied applied
            when !applied.changed().isEmpty() ->
                log.tell(new AuditEvent(
                        AuditEvent.CONFIG_APPLIED,
                        "",
                        "config",
                        before,
                        applied.snapshot().version(),
                        Map.of(
                                "changed",
                                String.join(" ", applied.changed()),
                                "restart",
                                String.join(" ", applied.restart()))));
            case ReloadResult.Applied unchanged -> {}
            case ReloadResult.Refused refused ->
                log.tell(new AuditEvent(
                        AuditEvent.CONFIG_REFUSED,
                        "",
                        "config",
                        before,
                        before,
                        Map.of(
                                "problems",
                                refused.problems().stream()
                                        .limit(MOST_PROBLEMS)
                                        .map(Object::toString)
                                        .collect(Collectors.joining("; ")))));
        }
    }

    @Override
    public void changed(Change change) {
        lines.changed(change);
        String kind = change.what().startsWith("key ")
                ? AuditEvent.KEY_CHANGE
                : change.what().startsWith("switch ") ? AuditEvent.SWITCH_CHANGE : AuditEvent.ADMIN_CHANGE;
        log.tell(new AuditEvent(kind, change.actor(), change.what(), change.before(), change.after(), Map.of()));
    }

    /** Hears what the edge refuses, beside another who does. */
    EdgeListener hearing(EdgeListener other) {
        return new EdgeListener() {
            @Override
            public void onRefused(int status, String code) {
                other.onRefused(status, code);
            }

            @Override
            public void onCallerRefused(String code) {
                other.onCallerRefused(code);
            }

            @Override
            public void onNotLetIn(String code, String source) {
                other.onNotLetIn(code, source);
                notLetIn("", "api", code, source);
            }
        };
    }

    @Override
    public void refused(String actor, String code, String source) {
        notLetIn(actor, "admin", code, source);
    }

    private void notLetIn(String actor, String listener, String code, String source) {
        AuditTrail open = trail;
        if (open != null) {
            open.refused(actor, listener, code, source);
        }
    }

    @Override
    public Future<Void> before(String actor, Request request) {
        return recorded(event(AuditEvent.ADMIN_REQUEST, actor, request), "nothing is changed here");
    }

    @Override
    public Future<Void> beforeShown(String actor, Request request) {
        return recorded(event(AuditEvent.ADMIN_READ, actor, request), "nothing that was said is shown");
    }

    /** At once, or where the audit is mandatory when it is on the disk. */
    private Future<Void> recorded(AuditEvent event, String otherwise) {
        if (!config.mandatory()) {
            log.tell(event);
            return Future.succeededFuture();
        }
        return Future.fromCompletionStage(log.keep(event), vertx.getOrCreateContext())
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(why -> Future.failedFuture(GatewayError.builder(
                                GatewayError.Kind.OVERLOADED,
                                "The audit cannot be written, and without a record " + otherwise + ".")
                        .code("audit_unavailable")
                        .hint("See audit in /readyz?verbose and the system log of the node.")
                        .build()));
    }

    @Override
    public void after(String actor, Request request, int status, byte[] input) {
        AuditEvent event = event(AuditEvent.ADMIN_OUTCOME, actor, request);
        Map<String, String> details = new LinkedHashMap<>(event.details());
        details.put("status", Integer.toString(status));
        log.tell(
                AuditEvent.of(event.kind(), actor, event.what(), details),
                input.length == 0 ? Map.of() : Map.of("input", input));
    }

    @Override
    public void read(String actor, Request request) {
        log.tell(event(AuditEvent.ADMIN_READ, actor, request));
    }

    private static AuditEvent event(String kind, String actor, Request request) {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("method", request.method());
        details.put("path_sha256", sha256(request.path()));
        details.put("source", request.source());
        return AuditEvent.of(kind, actor, request.route(), details);
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    // ---- what is asked

    @Override
    public Future<JsonObject> list(MultiMap query) {
        Path dir = config.dir();
        if (dir == null) {
            return AdminAudit.NONE.list(query);
        }
        AuditQuery asked = asked(query);
        if (asked == null) {
            return Future.failedFuture(GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST, "This is no question about the audit.")
                    .code("bad_request")
                    .hint("Give from, to (a moment such as 2026-11-22T08:00:00Z or the number of a record), kind,"
                            + " actor, after (a number) and limit (up to " + LARGEST_PAGE + "), each once.")
                    .build());
        }
        return vertx.executeBlocking(
                () -> {
                    JsonArray records = new JsonArray();
                    boolean more = AuditReader.read(dir, asked, found -> records.add(new JsonObject(found.line())));
                    Long next = more ? records.getJsonObject(records.size() - 1).getLong("seq") : null;
                    return new JsonObject()
                            .put("enabled", true)
                            .put("records", records)
                            .put("next", next);
                },
                false);
    }

    private static @Nullable AuditQuery asked(MultiMap query) {
        boolean known = query.names().stream()
                .allMatch(name -> QUESTIONS.contains(name) && query.getAll(name).size() == 1);
        String after = query.contains("after") ? query.get("after") : "0";
        String limit = query.contains("limit") ? query.get("limit") : Integer.toString(USUAL_PAGE);
        if (!known || !NUMBER.matcher(after).matches() || !NUMBER.matcher(limit).matches()) {
            return null;
        }
        long page = Long.parseLong(limit);
        AuditQuery.Point from = query.contains("from") ? AuditQuery.Point.parse(query.get("from")) : null;
        AuditQuery.Point to = query.contains("to") ? AuditQuery.Point.parse(query.get("to")) : null;
        boolean points = (from != null || !query.contains("from")) && (to != null || !query.contains("to"));
        return page < 1 || page > LARGEST_PAGE || !points
                ? null
                : new AuditQuery(
                        from, to, text(query, "kind"), text(query, "actor"), Long.parseLong(after), (int) page);
    }

    private static String text(MultiMap query, String name) {
        return query.contains(name) ? query.get(name) : "";
    }

    @Override
    public Future<JsonObject> key() {
        Path dir = config.dir();
        if (dir == null) {
            return AdminAudit.NONE.key();
        }
        return vertx.executeBlocking(
                () -> new JsonObject().put("enabled", true).put("public_key", AuditReader.publicKey(dir)), false);
    }

    // ---- how it is doing

    List<Readiness.Check> checks() {
        AuditTrail open = trail;
        return open == null
                ? List.of()
                : List.of(new Readiness.Check("audit", true, open.health().detail()));
    }

    void measure(Metrics metrics) {
        AuditTrail open = trail;
        if (open == null) {
            return;
        }
        metrics.counter("penstock_audit_records_total", "Records of the audit that were written.", () -> open.health()
                .records());
        metrics.counter("penstock_audit_dropped_total", "Events that the audit lost.", () -> open.health()
                .dropped());
        metrics.counter(
                "penstock_audit_failures_total", "Times that the audit could not be written.", () -> open.health()
                        .failures());
        metrics.gauge(
                "penstock_audit_down",
                "1 while the audit cannot be written.",
                () -> open.health().open() ? 0 : 1);
        metrics.gauge("penstock_audit_signed_age_seconds", "Time since the last signed head.", () -> open.health()
                .signedAge()
                .toSeconds());
        metrics.counter(
                "penstock_audit_notices_refused_total",
                "Heads of other nodes' audits that were not signed as they should be, or too many.",
                open::refusedNotices);
        Anchors outside = anchors;
        if (outside != null) {
            metrics.counter(
                    "penstock_audit_anchor_failures_total",
                    "Times that an anchor did not take a head.",
                    outside::failures);
        }
    }

    /** Writes the last word. Blocks for some seconds at most. */
    @Override
    public void close() {
        AuditTrail open = trail;
        if (open != null) {
            open.tell(AuditEvent.of(AuditEvent.NODE_STOP, "", "node", Map.of()));
            open.close();
        }
    }
}
