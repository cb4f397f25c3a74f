// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.auth.Authenticator;
import dev.penstock.auth.Credentials;
import dev.penstock.auth.GatewayKey;
import dev.penstock.auth.Grant;
import dev.penstock.auth.Verdict;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Right;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The header fields in which a caller shows who it is, and the one in which a trusted caller names a person. */
final class KeyFields {

    static final String USER = "x-penstock-user";

    private static final int LONGEST_USER = 256;

    private KeyFields() {}

    /**
     * Who calls, when it may, by all ways of the configuration. Null when somebody must be asked: then {@code later} hears the verdict, on
     * this event loop.
     *
     * @param addresses where calls come from
     * @param needs the right that the route asks for
     */
    static @Nullable Verdict authenticate(
            Authenticator auth,
            GatewayKey key,
            ClientAddress addresses,
            HttpServerRequest request,
            Right needs,
            Consumer<Verdict> later) {
        MultiMap fields = request.headers();
        boolean keyField = fields.contains("x-api-key") || fields.contains("x-goog-api-key");
        Credentials sent = new Credentials(one(fields, "authorization"), keyField, name -> field(fields, name));
        Verdict now = auth.authenticate(
                sent,
                key.open(),
                () -> byKey(key, addresses, request),
                verdict -> later.accept(told(auth, request, within(verdict, needs, fields))));
        return now == null ? null : told(auth, request, within(now, needs, fields));
    }

    private static Verdict told(Authenticator auth, HttpServerRequest request, Verdict verdict) {
        if (verdict instanceof Verdict.Refused refused
                && isAboutWho(refused.error().kind())) {
            String code = refused.error().code();
            String source = request.remoteAddress().hostAddress();
            auth.refused(code == null ? "" : code, source == null ? "" : source);
        }
        return verdict;
    }

    private static boolean isAboutWho(Kind kind) {
        return kind == Kind.UNAUTHENTICATED || kind == Kind.FORBIDDEN;
    }

    private static Verdict byKey(GatewayKey key, ClientAddress addresses, HttpServerRequest request) {
        MultiMap fields = request.headers();
        return key.check(
                one(fields, "authorization"),
                one(fields, "x-api-key"),
                one(fields, "x-goog-api-key"),
                () -> addresses.of(request));
    }

    private static Verdict within(Verdict verdict, Right needs, MultiMap fields) {
        return switch (verdict) {
            case Verdict.Refused refused -> refused;
            case Verdict.Allowed allowed
            when !allowed.grant().may(needs) -> new Verdict.Refused(lacks(needs, allowed.who()));
            case Verdict.Allowed allowed
            when allowed.grant().may(Right.USERS) && fields.contains(USER) -> forUser(allowed, fields.getAll(USER));
            case Verdict.Allowed allowed -> allowed;
        };
    }

    /** HTTP/2 may send cookies one by one (RFC 9113 section 8.2.3). */
    private static @Nullable String field(MultiMap fields, String name) {
        return name.equals("cookie") && fields.contains(name)
                ? String.join("; ", fields.getAll(name))
                : one(fields, name);
    }

    /** A key that is there twice is no key: whoever comes behind could take the other one. */
    private static @Nullable String one(MultiMap fields, String name) {
        List<String> all = fields.getAll(name);
        return all.isEmpty() ? null : all.size() == 1 ? all.getFirst() : "";
    }

    /** Who may not act for others never comes here: what it says of a user is not even read. */
    private static Verdict forUser(Verdict.Allowed allowed, List<String> names) {
        String user = names.getFirst().strip();
        if (names.size() > 1 || user.isEmpty() || user.length() > LONGEST_USER || !isPlain(user)) {
            return new Verdict.Refused(GatewayError.builder(
                            Kind.INVALID_REQUEST,
                            "The header field " + USER + " must be one name of up to " + LONGEST_USER
                                    + " printable characters.")
                    .param(USER)
                    .code("invalid_header")
                    .build());
        }
        Identity who = allowed.who();
        Grant grant = allowed.grant();
        return new Verdict.Allowed(new Identity(who.tenant(), who.region(), who.keyId(), user, who.role()), grant);
    }

    private static boolean isPlain(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c < 127);
    }

    private static GatewayError lacks(Right right, Identity who) {
        String role = who.role().isEmpty() ? "The key" : "The role of the key";
        return GatewayError.builder(Kind.FORBIDDEN, role + " does not allow this: " + right.label() + ".")
                .code("not_allowed")
                .hint("Use a key whose role may " + right.label() + ".")
                .build();
    }
}
