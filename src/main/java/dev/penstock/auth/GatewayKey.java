// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.NetworkBlock;
import dev.penstock.config.PublicId;
import dev.penstock.config.RolesConfig;
import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Ticker;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys that open the gateway: the one for everybody ({@code server.api_key}), those of the tenants in the file, and those that
 * were made at run time. Without any of them everybody may call, and is nobody in particular.
 *
 * <p>A key of the form {@code ps-<public id>-<secret>} is found by its public id, which is no secret, and its HMAC is compared in
 * constant time; for an id that nobody has the same work is done in vain. Other keys are compared as SHA-256 digests, always with all
 * of them. So neither the length nor a common prefix of a guess can be measured, nor whose key came near.
 *
 * <p>A key arrives as {@code Authorization: Bearer} (OpenAI's SDKs), as {@code x-api-key} (Anthropic's) or as {@code x-goog-api-key}
 * (Google's). When several are there, all must be keys of the same caller: a request about which two readers could disagree is refused.
 *
 * <p>Made anew for each configuration; any thread.
 */
public final class GatewayKey {

    private static final String BEARER = "Bearer ";
    private static final Verdict ALLOWED = new Verdict.Allowed(Identity.NONE);
    private static final Verdict MISSING = refused(
            Kind.UNAUTHENTICATED,
            "invalid_api_key",
            "No API key was sent.",
            "Send the gateway's key as 'Authorization: Bearer <key>' or as 'x-api-key: <key>'.");
    private static final Verdict WRONG = refused(
            Kind.UNAUTHENTICATED,
            "invalid_api_key",
            "The API key is not valid.",
            "Use a key of this gateway (server.api_key, or one of a tenant), not a provider's.");
    private static final Verdict EXPIRED = refused(
            Kind.UNAUTHENTICATED, "expired_api_key", "The API key has expired.", "Use the key that took its place.");
    private static final Verdict REVOKED =
            refused(Kind.UNAUTHENTICATED, "revoked_api_key", "The API key was revoked.", "Use another key.");
    private static final Verdict ELSEWHERE = refused(
            Kind.FORBIDDEN,
            "address_not_allowed",
            "The API key may not be used from this address.",
            "Call from one of the networks that the key is for.");

    /** Of a public id that nobody has: compared with, and never equal. */
    private static final byte[] NOBODY = new byte[32];

    /**
     * A key of the file without its secret.
     *
     * @param digest HMAC or SHA-256, by the table that it stands in
     * @param allowed the answer to those who send it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Known(
            byte[] digest,
            Verdict.Allowed allowed,
            @Nullable Instant expires,
            List<NetworkBlock> networks,
            LastUse use) {}

    private final List<Known> digests = new ArrayList<>();
    private final Map<String, Known> byId = new HashMap<>();
    private final Map<String, Grant> roles = new HashMap<>();
    private final Map<String, String> regions = new HashMap<>();
    private final VirtualKeys virtual;
    private final Pepper pepper;
    private final Ticker ticker;

    private GatewayKey(RolesConfig roles, VirtualKeys virtual) {
        roles.roles().forEach((name, role) -> this.roles.put(name, Grant.of(role)));
        this.virtual = virtual;
        this.pepper = virtual.pepper();
        this.ticker = virtual.ticker();
    }

    /** One key, or none. */
    public static GatewayKey of(@Nullable Secret key) {
        return of(key, List.of());
    }

    /**
     * Keys of a configuration without roles, and none made at run time.
     *
     * @param key of callers that belong to no tenant, or null
     */
    public static GatewayKey of(@Nullable Secret key, List<TenantConfig> tenants) {
        return of(key, tenants, RolesConfig.NONE, VirtualKeys.none());
    }

    /**
     * All keys of a configuration, and those made at run time.
     *
     * @param key of callers that belong to no tenant, or null
     * @param virtual asked at each check, so that what is made or revoked holds at once
     */
    public static GatewayKey of(
            @Nullable Secret key, List<TenantConfig> tenants, RolesConfig roles, VirtualKeys virtual) {
        GatewayKey made = new GatewayKey(roles, virtual);
        if (key != null) {
            made.add(new TenantConfig.Key("", key), Identity.NONE);
        }
        for (TenantConfig tenant : tenants) {
            made.regions.put(tenant.name(), tenant.region());
            tenant.keys()
                    .forEach(own ->
                            made.add(own, new Identity(tenant.name(), tenant.region(), own.id(), "", own.role())));
        }
        return made;
    }

    private void add(TenantConfig.Key key, Identity who) {
        String secret = key.secret().reveal();
        String publicId = PublicId.of(secret);
        Known known = new Known(
                publicId != null ? pepper.hmac(secret) : sha256(secret),
                new Verdict.Allowed(who, grant(key.role(), key.models(), key.features())),
                key.expires(),
                key.ips(),
                virtual.use(key.id()));
        if (publicId == null) {
            digests.add(known);
        } else if (byId.putIfAbsent(publicId, known) != null) {
            throw new IllegalArgumentException("two keys have the public id " + publicId);
        }
    }

    private Grant grant(String role, List<String> models, List<String> features) {
        Grant whole = role.isEmpty() ? Grant.OF_A_KEY : roles.getOrDefault(role, Grant.NOTHING);
        return whole.within(models, features);
    }

    /** Nobody needs a key. */
    public boolean open() {
        return digests.isEmpty() && byId.isEmpty() && virtual.isEmpty();
    }

    /** What the three fields hold, null for those that are not there; of a caller whose address nobody knows. */
    public Verdict check(@Nullable String authorization, @Nullable String xApiKey, @Nullable String xGoogApiKey) {
        return check(authorization, xApiKey, xGoogApiKey, () -> null);
    }

    /**
     * What the three fields hold, null for those that are not there.
     *
     * @param address of the caller as text; asked only for a key that may not be used from everywhere
     */
    public Verdict check(
            @Nullable String authorization,
            @Nullable String xApiKey,
            @Nullable String xGoogApiKey,
            Supplier<@Nullable String> address) {
        if (open()) {
            return ALLOWED;
        }
        Verdict verdict = MISSING;
        if (authorization != null) {
            verdict = owner(bearer(authorization), address);
        }
        if (xApiKey != null) {
            verdict = both(verdict, owner(xApiKey, address));
        }
        return xGoogApiKey == null ? verdict : both(verdict, owner(xGoogApiKey, address));
    }

    /**
     * Whose key this is, also where the gateway is open and lets everybody in.
     *
     * @param address of the caller as text; asked only for a key that may not be used from everywhere
     */
    public Verdict owner(String presented, Supplier<@Nullable String> address) {
        String publicId = PublicId.of(presented);
        if (publicId == null) {
            return ofOtherForm(presented, address);
        }
        byte[] digest = pepper.hmac(presented);
        Known known = byId.get(publicId);
        if (known != null) {
            return MessageDigest.isEqual(digest, known.digest()) ? verdict(known, address) : WRONG;
        }
        KeyTable.Held held = virtual.get(publicId);
        boolean same = MessageDigest.isEqual(digest, held == null ? NOBODY : held.digest());
        return same && held != null ? verdict(held, address) : WRONG;
    }

    private Verdict ofOtherForm(String presented, Supplier<@Nullable String> address) {
        byte[] digest = sha256(presented);
        Known owner = null;
        for (int i = 0; i < digests.size(); i++) {
            Known key = digests.get(i);
            // No early end: all keys take the same time.
            owner = MessageDigest.isEqual(digest, key.digest()) ? key : owner;
        }
        return owner == null ? WRONG : verdict(owner, address);
    }

    private Verdict verdict(Known key, Supplier<@Nullable String> address) {
        Verdict refused = refusal(key.expires(), key.networks(), address);
        if (refused != null) {
            return refused;
        }
        key.use().at(ticker.now());
        return key.allowed();
    }

    private Verdict verdict(KeyTable.Held held, Supplier<@Nullable String> address) {
        StoredKey key = held.key();
        if (key.revoked() != null) {
            return REVOKED;
        }
        Verdict refused = refusal(key.expires(), held.networks(), address);
        if (refused != null) {
            return refused;
        }
        String region = key.tenant().isEmpty() ? "" : regions.get(key.tenant());
        if (region == null) {
            // Its tenant is not in the file any more.
            return REVOKED;
        }
        held.use().at(ticker.now());
        return new Verdict.Allowed(
                new Identity(key.tenant(), region, key.publicId(), "", key.role()),
                grant(key.role(), key.models(), key.features()));
    }

    private @Nullable Verdict refusal(
            @Nullable Instant expires, List<NetworkBlock> networks, Supplier<@Nullable String> address) {
        if (expires != null && !ticker.now().isBefore(expires)) {
            return EXPIRED;
        }
        return networks.isEmpty() || isIn(networks, address.get()) ? null : ELSEWHERE;
    }

    private static boolean isIn(List<NetworkBlock> networks, @Nullable String address) {
        InetAddress caller = address == null ? null : NetworkBlock.address(address);
        return caller != null && networks.stream().anyMatch(network -> network.contains(caller));
    }

    /** The token of a bearer credential (RFC 6750; the scheme has no case); of anything else the empty string. */
    private static String bearer(String authorization) {
        boolean bearer = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
        return bearer ? authorization.substring(BEARER.length()).strip() : "";
    }

    /** Of a field and those before it. */
    private static Verdict both(Verdict before, Verdict now) {
        if (before.equals(MISSING) || before.equals(now)) {
            return now;
        }
        boolean same = before instanceof Verdict.Allowed first
                && now instanceof Verdict.Allowed second
                && first.who().equals(second.who());
        return same ? now : WRONG;
    }

    private static byte[] sha256(String value) {
        return Pepper.sha256().digest(value.getBytes(StandardCharsets.UTF_8));
    }

    private static Verdict refused(Kind kind, String code, String message, String hint) {
        return new Verdict.Refused(
                GatewayError.builder(kind, message).code(code).hint(hint).build());
    }
}
