// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.SwitchControl;
import dev.penstock.config.Durations;
import dev.penstock.config.Nearest;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import dev.penstock.exchange.Ticker;
import dev.penstock.switches.StoredSwitch;
import dev.penstock.switches.SwitchBoard;
import dev.penstock.switches.SwitchFormat;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Reads what people want of switches, and says how they stand, for the admin API. */
final class SwitchDesk implements SwitchControl {

    private static final Logger LOG = LogManager.getLogger(SwitchDesk.class);
    private static final Set<String> MEMBERS =
            Set.of("state", "percent", "tenants", "reason", "until", "grace", "force");
    private static final int LONGEST_TENANT = 64;
    private static final int LONGEST_SHOWN = 100;
    /** A store that is slow does not keep anybody from hearing that the switch is flipped. */
    private static final long STORE_SECONDS = 2;

    private final SwitchBoard board;
    private final Ticker ticker;
    private final Known known;

    /** What there is to be switched. */
    interface Known {

        /** Names of that kind; null where any name may be right. */
        @Nullable
        Set<String> names(SwitchObject.Kind kind);

        /** Whether there is a thing of that kind that is not among the names: {@code provider/model} takes any model. */
        boolean isOther(SwitchObject object);
    }

    SwitchDesk(SwitchBoard board, Ticker ticker, Known known) {
        this.board = board;
        this.ticker = ticker;
        this.known = known;
    }

    // ---- the three questions

    @Override
    public JsonObject list() {
        JsonArray switches = new JsonArray();
        board.list().forEach(entry -> switches.add(json(entry)));
        return new JsonObject().put("switches", switches);
    }

    @Override
    public Future<JsonObject> flip(String text, JsonObject wish, String actor) {
        SwitchObject object;
        SwitchRule rule;
        Duration grace;
        try {
            wish.fieldNames().stream()
                    .filter(name -> !MEMBERS.contains(name))
                    .findFirst()
                    .ifPresent(name -> {
                        throw wrong(name, "is not known here. " + meant(name, MEMBERS));
                    });
            boolean force = wish.getValue("force") != null && is(wish, "force", Boolean.class);
            object = object(text, force);
            rule = rule(wish, force);
            grace = grace(wish);
        } catch (GatewayError refused) {
            return Future.failedFuture(refused);
        }
        return kept(object, board.flip(object, rule, grace, actor));
    }

    @Override
    public Future<JsonObject> clear(String text, String actor) {
        SwitchObject object;
        try {
            // What does not exist any more can be cleared all the same.
            object = object(text, true);
        } catch (GatewayError refused) {
            return Future.failedFuture(refused);
        }
        return kept(object, board.clear(object, actor));
    }

    private Future<JsonObject> kept(SwitchObject object, Future<?> stored) {
        return stored.timeout(STORE_SECONDS, TimeUnit.SECONDS)
                .map(done -> json(board.of(object)).put("stored", true))
                .otherwise(failure -> {
                    LOG.warn(
                            "switch {}: the store did not keep it, a restart may forget it: {}",
                            object,
                            failure.toString());
                    return json(board.of(object)).put("stored", false);
                });
    }

    // ---- reading

    private SwitchObject object(String text, boolean force) {
        SwitchObject object = SwitchObject.parse(text);
        if (object == null) {
            throw notFound(
                    "\"" + shown(text) + "\" is nothing that can be switched.", "Use " + SwitchObject.FORMS + ".");
        }
        if (!force && !exists(object)) {
            Set<String> names = known.names(object.kind());
            throw notFound(
                    "There is no " + object.kind().label() + " \"" + shown(object.name()) + "\" here."
                            + (names == null ? "" : " " + meant(object.name(), names)),
                    "Switch it all the same with force, if you know that it exists.");
        }
        return object;
    }

    private boolean exists(SwitchObject object) {
        Set<String> names = known.names(object.kind());
        return names == null || names.contains(object.name()) || known.isOther(object);
    }

    private SwitchRule rule(JsonObject wish, boolean force) {
        Object state = wish.getValue("state");
        if (!"enabled".equals(state) && !"disabled".equals(state)) {
            throw wrong("state", "must be enabled or disabled.");
        }
        int percent = wish.getValue("percent") == null ? 100 : is(wish, "percent", Integer.class);
        if (percent < 0 || percent > 100) {
            throw wrong("percent", "must be a whole number from 0 to 100.");
        }
        String reason = wish.getValue("reason") == null ? "" : is(wish, "reason", String.class);
        if (!SwitchRule.isReason(reason)) {
            throw wrong("reason", "must be one line of up to " + SwitchRule.LONGEST_REASON + " characters.");
        }
        return new SwitchRule(state.equals("enabled"), percent, tenants(wish, force), reason.strip(), until(wish));
    }

    private List<String> tenants(JsonObject wish, boolean force) {
        List<String> tenants = new ArrayList<>();
        if (wish.getValue("tenants") != null) {
            is(wish, "tenants", JsonArray.class).forEach(each -> {
                Predicate<String> isName = text -> !text.isEmpty() && text.length() <= LONGEST_TENANT;
                SwitchObject tenant =
                        each instanceof String name && isName.test(name) ? SwitchObject.parse("tenant." + name) : null;
                if (tenant == null) {
                    throw wrong("tenants", "must be a list of names.");
                }
                tenants.add(object(tenant.toString(), force).name());
            });
        }
        if (tenants.size() > SwitchFormat.MOST_TENANTS) {
            throw wrong("tenants", "has more than " + SwitchFormat.MOST_TENANTS + " names.");
        }
        return tenants;
    }

    private @Nullable Instant until(JsonObject wish) {
        if (wish.getValue("until") == null) {
            return null;
        }
        String text = is(wish, "until", String.class);
        Instant now = Instant.ofEpochMilli(ticker.now().toEpochMilli());
        Duration span = Durations.parse(text);
        Instant until;
        try {
            until = span != null
                    ? now.plus(span)
                    : Instant.ofEpochMilli(
                            OffsetDateTime.parse(text).toInstant().toEpochMilli());
        } catch (DateTimeException | ArithmeticException e) {
            throw wrong("until", "must be a duration such as 2h or a moment such as 2026-12-01T08:00:00Z.");
        }
        if (!until.isAfter(now) || until.isAfter(now.plus(Duration.ofDays(36_500)))) {
            throw wrong("until", "must lie in the future.");
        }
        return until;
    }

    private static Duration grace(JsonObject wish) {
        if (wish.getValue("grace") == null) {
            return Duration.ZERO;
        }
        Duration grace = Durations.parse(is(wish, "grace", String.class));
        if (grace == null || grace.compareTo(SwitchFormat.LONGEST_GRACE) > 0) {
            throw wrong("grace", "must be a duration such as 5s, and not longer than 1h.");
        }
        return grace;
    }

    private static <T> T is(JsonObject wish, String name, Class<T> type) {
        Object value = wish.getValue(name);
        if (!type.isInstance(value)) {
            throw wrong(name, "has a value of another kind than expected.");
        }
        return type.cast(value);
    }

    private static GatewayError wrong(String member, String what) {
        return GatewayError.builder(Kind.INVALID_REQUEST, "\"" + shown(member) + "\" " + what.strip())
                .param(member)
                .code("bad_request")
                .hint("Members are state, percent, tenants, reason, until, grace and force.")
                .build();
    }

    private static GatewayError notFound(String what, String hint) {
        return GatewayError.builder(Kind.NOT_FOUND, what.strip())
                .code("unknown_switch")
                .hint(hint)
                .build();
    }

    private static String meant(String typed, Set<String> names) {
        return Nearest.find(typed, names)
                .map(name -> "Did you mean \"" + name + "\"?")
                .orElse("");
    }

    private static String shown(String text) {
        String cut = text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text;
        return cut.replaceAll("\\p{Cntrl}", "?");
    }

    // ---- writing

    private static JsonObject json(SwitchBoard.Entry entry) {
        SwitchRule rule = entry.rule();
        StoredSwitch flip = entry.flip();
        return new JsonObject()
                .put("object", entry.object().toString())
                .put("state", rule.enabled() ? "enabled" : "disabled")
                .put("percent", rule.percent())
                .put("tenants", new JsonArray(rule.tenants()))
                .put("reason", rule.reason())
                .put("until", rule.until() == null ? null : rule.until().toString())
                .put("live", flip != null)
                .put("by", flip == null ? null : flip.by())
                .put("at", flip == null ? null : flip.at().toString())
                .put("node", flip == null ? null : flip.node());
    }
}
