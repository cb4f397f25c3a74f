// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import dev.penstock.config.AlertReceiver;
import dev.penstock.config.Secret;
import dev.penstock.sidecall.SideCall;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * How a notice looks to a receiver. Bodies are those of Alertmanager's API v2 and webhook version 4 (prometheus.io/docs/alerting), PagerDuty's
 * Events API v2, Opsgenie's Alert API v2 and Slack's incoming webhooks, as their pages had them in November 2026.
 */
final class Letter {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int LONGEST_SUMMARY = 1_000;

    private Letter() {}

    /** Whether several notices go in one request. */
    static boolean takesMany(AlertReceiver.Type type) {
        return type == AlertReceiver.Type.ALERTMANAGER || type == AlertReceiver.Type.WEBHOOK;
    }

    /**
     * The request that tells these.
     *
     * @param notices one, or any number where the receiver {@link #takesMany}
     */
    static SideCall to(AlertReceiver receiver, List<Notice> notices, Instant now) {
        Notice first = notices.getFirst();
        return switch (receiver.type()) {
            case ALERTMANAGER ->
                post(at(receiver, "/api/v2/alerts"), Map.of(), alerts(notices).toBuffer());
            case PAGERDUTY ->
                post(
                        at(receiver, "/v2/enqueue"),
                        Map.of(),
                        pagerduty(receiver, first).toBuffer());
            case OPSGENIE -> opsgenie(receiver, first);
            case SLACK ->
                post(
                        URI.create(secret(receiver).reveal()),
                        Map.of(),
                        slack(first).toBuffer());
            case WEBHOOK -> webhook(receiver, notices, now);
        };
    }

    private static Secret secret(AlertReceiver receiver) {
        return Objects.requireNonNull(receiver.secret());
    }

    private static URI at(AlertReceiver receiver, String path) {
        String base = Objects.requireNonNull(receiver.url()).toString();
        if (base.endsWith(path)) {
            return URI.create(base);
        }
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    }

    private static SideCall post(URI url, Map<String, String> headers, Buffer body) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put("content-type", "application/json");
        return SideCall.small("POST", url, all, body, PATIENCE);
    }

    private static JsonObject labels(Notice notice) {
        JsonObject labels = new JsonObject()
                .put("alertname", notice.rule())
                .put("severity", notice.severity().label())
                .put("service", "penstock");
        return notice.subject().isEmpty() ? labels : labels.put("subject", notice.subject());
    }

    private static JsonArray alerts(List<Notice> notices) {
        JsonArray alerts = new JsonArray();
        for (Notice notice : notices) {
            JsonObject alert = new JsonObject()
                    .put("labels", labels(notice))
                    .put("annotations", annotations(notice))
                    .put("startsAt", notice.began().toString());
            alerts.add(
                    notice.ended() == null
                            ? alert
                            : alert.put("endsAt", notice.ended().toString()));
        }
        return alerts;
    }

    private static JsonObject annotations(Notice notice) {
        return new JsonObject().put("summary", summary(notice)).put("node", notice.node());
    }

    private static String summary(Notice notice) {
        String text = notice.summary();
        return text.length() <= LONGEST_SUMMARY ? text : text.substring(0, LONGEST_SUMMARY);
    }

    private static JsonObject pagerduty(AlertReceiver receiver, Notice notice) {
        JsonObject event = new JsonObject()
                .put("routing_key", secret(receiver).reveal())
                .put("event_action", notice.isOver() ? "resolve" : "trigger")
                .put("dedup_key", notice.key());
        return notice.isOver()
                ? event
                : event.put(
                        "payload",
                        new JsonObject()
                                .put("summary", summary(notice))
                                .put("source", notice.node())
                                .put("severity", notice.severity().label())
                                .put("timestamp", notice.began().toString())
                                .put("component", notice.subject())
                                .put("group", "penstock")
                                .put("class", notice.rule()));
    }

    private static SideCall opsgenie(AlertReceiver receiver, Notice notice) {
        Map<String, String> key =
                Map.of("authorization", "GenieKey " + secret(receiver).reveal());
        if (notice.isOver()) {
            String alias =
                    URLEncoder.encode(notice.key(), StandardCharsets.UTF_8).replace("+", "%20");
            return post(
                    at(receiver, "/v2/alerts/" + alias + "/close?identifierType=alias"),
                    key,
                    new JsonObject().put("source", notice.node()).toBuffer());
        }
        String message = summary(notice);
        return post(
                at(receiver, "/v2/alerts"),
                key,
                new JsonObject()
                        .put("message", message.length() <= 130 ? message : message.substring(0, 130))
                        .put("alias", notice.key())
                        .put("description", message)
                        .put("entity", notice.subject())
                        .put("source", notice.node())
                        .put("tags", new JsonArray().add("penstock").add(notice.rule()))
                        .put(
                                "priority",
                                switch (notice.severity()) {
                                    case CRITICAL -> "P1";
                                    case WARNING -> "P3";
                                    case INFO -> "P5";
                                })
                        .toBuffer());
    }

    /** Slack reads &amp;, &lt; and &gt; as its own markup. */
    private static JsonObject slack(Notice notice) {
        String text = summary(notice).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        String state = notice.isOver() ? "resolved" : notice.severity().label();
        return new JsonObject()
                .put("text", "[" + state + "] " + notice.rule() + ": " + text + " (" + notice.node() + ")");
    }

    private static SideCall webhook(AlertReceiver receiver, List<Notice> notices, Instant now) {
        boolean over = notices.stream().allMatch(Notice::isOver);
        JsonArray alerts = alerts(notices);
        for (int i = 0; i < alerts.size(); i++) {
            Notice notice = notices.get(i);
            alerts.getJsonObject(i)
                    .put("status", notice.isOver() ? "resolved" : "firing")
                    .put("fingerprint", notice.key());
        }
        Buffer body = new JsonObject()
                .put("version", "4")
                .put("groupKey", "penstock")
                .put("truncatedAlerts", 0)
                .put("status", over ? "resolved" : "firing")
                .put("receiver", "penstock")
                .put("groupLabels", new JsonObject())
                .put("commonLabels", new JsonObject().put("service", "penstock"))
                .put("commonAnnotations", new JsonObject())
                .put("alerts", alerts)
                .toBuffer();
        Secret key = receiver.secret();
        String time = Long.toString(now.getEpochSecond());
        Map<String, String> headers = key == null
                ? Map.of()
                : Map.of("x-penstock-signature", "t=" + time + ",v1=" + signature(key, time, body));
        return post(Objects.requireNonNull(receiver.url()), headers, body);
    }

    /** HMAC-SHA256 over the time, a dot and the body, so that an old body cannot be sent again later as a new one. */
    private static String signature(Secret key, String time, Buffer body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((time + ".").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mac.doFinal(body.getBytes()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA256", e);
        }
    }

    /** Whether an answer with this status means that it was taken; null where it is worth another try. */
    static @Nullable Boolean taken(int status) {
        if (status >= 200 && status < 300) {
            return true;
        }
        boolean later = status == 408 || status == 429 || status >= 500;
        return later ? null : false;
    }
}
