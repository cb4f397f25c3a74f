// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.AdminAccess;
import dev.penstock.auth.StoredKey;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.Moment;
import dev.penstock.config.NetworkBlock;
import dev.penstock.config.Snapshot;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Ticker;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The admin API's view of keys: those of the file, which are only shown, and those that are made at run time. */
final class KeyDesk implements AdminAccess.Keys {

    private static final Duration OVERLAP = Duration.ofHours(24);
    private static final Duration LONGEST_OVERLAP = Duration.ofDays(90);
    private static final Pattern SPAN = Pattern.compile("([0-9]{1,7})([smhd])");
    private static final Set<String> OF_A_KEY = Set.of("tenant", "role", "expires", "models", "features", "ips");
    private static final int MOST_NAMES = 1000;

    private final VirtualKeys keys;
    private final Supplier<Snapshot> config;
    private final Ticker ticker;
    private final boolean kept;

    /**
     * One that looks at the configuration in force.
     *
     * @param kept whether keys outlive the process
     */
    KeyDesk(VirtualKeys keys, Supplier<Snapshot> config, Ticker ticker, boolean kept) {
        this.keys = keys;
        this.config = config;
        this.ticker = ticker;
        this.kept = kept;
    }

    @Override
    public JsonObject list() {
        JsonArray all = new JsonArray();
        config.get().server().tenants().forEach(tenant -> tenant.keys()
                .forEach(key -> all.add(ofFile(tenant.name(), key))));
        keys.list().forEach(key -> all.add(ofStore(key)));
        return new JsonObject().put("keys", all);
    }

    @Override
    public Future<JsonObject> create(JsonObject wish, String actor) {
        return orRefused(() -> {
            refuseUnknown(wish, OF_A_KEY);
            return keys.create(wish(wish), actor).map(made -> made(made));
        });
    }

    @Override
    public Future<JsonObject> rotate(String id, JsonObject wish, String actor) {
        return orRefused(() -> {
            refuseUnknown(wish, Set.of("overlap"));
            String span = text(wish, "overlap");
            Duration overlap = span.isEmpty() ? OVERLAP : span(span);
            return keys.rotate(id, overlap, actor).map(made -> {
                JsonObject answer = made(made).put("replaces", id);
                keys.list().stream()
                        .filter(key -> key.publicId().equals(id))
                        .forEach(old -> answer.put("old_valid_until", text(old.expires())));
                return answer;
            });
        });
    }

    @Override
    public Future<JsonObject> revoke(String id, String actor) {
        return keys.revoke(id, actor).map(this::ofStore);
    }

    // ---- what is asked

    private static Future<JsonObject> orRefused(Supplier<Future<JsonObject>> action) {
        try {
            return action.get();
        } catch (GatewayError refused) {
            return Future.failedFuture(refused);
        }
    }

    private VirtualKeys.Wish wish(JsonObject wish) {
        Snapshot now = config.get();
        String tenant = text(wish, "tenant");
        if (!tenant.isEmpty()
                && now.server().tenants().stream()
                        .noneMatch(known -> known.name().equals(tenant))) {
            throw refused("tenant", "the name of a tenant that stands in the configuration");
        }
        String role = text(wish, "role");
        if (!role.isEmpty() && !now.access().roles().roles().containsKey(role)) {
            throw refused("role", "the name of a role that stands in the configuration");
        }
        return new VirtualKeys.Wish(
                tenant,
                role,
                expires(text(wish, "expires")),
                texts(wish, "models"),
                texts(wish, "features"),
                networks(texts(wish, "ips")));
    }

    private @Nullable Instant expires(String text) {
        if (text.isEmpty()) {
            return null;
        }
        Moment moment = Moment.parse(text);
        if (moment == null || !moment.at().isAfter(ticker.now())) {
            throw refused("expires", "a date or a date with time and offset, in the future");
        }
        return moment.at();
    }

    private static List<String> networks(List<String> texts) {
        try {
            texts.forEach(NetworkBlock::of);
        } catch (IllegalArgumentException e) {
            throw refused("ips", "networks such as 10.0.0.0/8");
        }
        return texts;
    }

    private static Duration span(String text) {
        Matcher parts = SPAN.matcher(text);
        Duration span = Duration.ZERO;
        if (parts.matches()) {
            long number = Long.parseLong(parts.group(1));
            span = switch (parts.group(2)) {
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofDays(number);
            };
        }
        if (!parts.matches() || span.compareTo(LONGEST_OVERLAP) > 0) {
            throw refused("overlap", "a time up to 90d, such as 0s, 30m, 24h or 7d");
        }
        return span;
    }

    private static void refuseUnknown(JsonObject wish, Set<String> known) {
        if (!known.containsAll(wish.fieldNames())) {
            throw refused("The body", "JSON with no members but " + String.join(", ", new TreeSet<>(known)));
        }
    }

    private static String text(JsonObject wish, String name) {
        Object value = wish.getValue(name);
        if (value != null && !(value instanceof String)) {
            throw refused(name, "text");
        }
        return value == null ? "" : (String) value;
    }

    private static List<String> texts(JsonObject wish, String name) {
        Object value = wish.getValue(name);
        if (value == null) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        if (value instanceof JsonArray array && array.size() <= MOST_NAMES) {
            array.forEach(item -> texts.add(item instanceof String text && !text.isBlank() ? text : ""));
        }
        if (texts.isEmpty() || texts.contains("")) {
            throw refused(name, "a list of one or more texts");
        }
        return texts;
    }

    private static GatewayError refused(String name, String expected) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, name + " must be " + expected + ".")
                .code("invalid_key_request")
                .build();
    }

    // ---- what is told

    private JsonObject made(VirtualKeys.Made made) {
        JsonObject answer = ofStore(made.key()).put("key", made.secret());
        return kept
                ? answer
                : answer.put(
                        "notice",
                        "No store is configured: this key is gone when the process ends, and other nodes only accept it with the same auth.pepper.");
    }

    private JsonObject ofFile(String tenant, TenantConfig.Key key) {
        return described(key.id(), tenant, key.role(), key.expires(), key.models(), key.features())
                .put(
                        "ips",
                        new JsonArray(key.ips().stream().map(Object::toString).toList()))
                .put("source", "file")
                .put("state", isOver(key.expires()) ? "expired" : "valid");
    }

    private JsonObject ofStore(StoredKey key) {
        JsonObject json = described(
                        key.publicId(), key.tenant(), key.role(), key.expires(), key.models(), key.features())
                .put("ips", new JsonArray(key.ips()))
                .put("source", "store")
                .put("state", state(key))
                .put("created", key.created().toString())
                .put("revoked", text(key.revoked()));
        return key.replacedBy().isEmpty() ? json : json.put("replaced_by", key.replacedBy());
    }

    private String state(StoredKey key) {
        if (key.revoked() != null) {
            return "revoked";
        }
        return isOver(key.expires()) ? "expired" : key.replacedBy().isEmpty() ? "valid" : "leaving";
    }

    private boolean isOver(@Nullable Instant end) {
        return end != null && !ticker.now().isBefore(end);
    }

    private JsonObject described(
            String id,
            String tenant,
            String role,
            @Nullable Instant expires,
            List<String> models,
            List<String> features) {
        return new JsonObject()
                .put("id", id)
                .put("tenant", tenant)
                .put("role", role)
                .put("expires", text(expires))
                .put("models", new JsonArray(models))
                .put("features", new JsonArray(features))
                .put("last_used", text(keys.lastUsed(id)));
    }

    private static @Nullable String text(@Nullable Instant moment) {
        return moment == null ? null : moment.toString();
    }
}
