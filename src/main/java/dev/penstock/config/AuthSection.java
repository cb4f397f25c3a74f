// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.AuthConfig.Method;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From {@code auth} in the file to {@link AuthConfig}. What is not certain to be safe is refused here, not at the first token. */
final class AuthSection {

    private static final Set<JwtAlgorithm> USUAL = Set.of(JwtAlgorithm.RS256, JwtAlgorithm.ES256, JwtAlgorithm.PS256);
    /** They speak about a connection or about a body, and the question has its own. */
    private static final Set<String> NOT_SENT_ALONG = Set.of(
            "accept-encoding",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final AuthForm form;
    private final Binder binder;
    private final Problems problems;

    AuthSection(AuthForm form, Binder binder, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
    }

    AuthConfig assemble() {
        List<OidcIssuer> issuers = new ArrayList<>();
        if (form.oidc() != null) {
            issuers.add(issuer("auth.oidc", "", form.oidc()));
        }
        form.issuers().forEach((name, oidc) -> issuers.add(issuer(Paths.child("auth.issuers", name), name, oidc)));
        refuseTwins(issuers);
        SessionCheck session = form.session() == null ? null : session(form.session());
        if (!form.apiKeys() && issuers.isEmpty() && form.session() == null) {
            problems.unexpected(
                    binder.at("auth.api_keys"),
                    "auth.api_keys",
                    "false",
                    "true, where neither oidc nor session is set");
        }
        return new AuthConfig(form.apiKeys(), form.pepper(), issuers, session, order());
    }

    private OidcIssuer issuer(String path, String name, AuthForm.Oidc oidc) {
        String issuer = oidc.issuer() == null ? "" : oidc.issuer();
        if (oidc.issuer() != null && (safe(issuer) == null || issuer.indexOf('?') >= 0)) {
            unsafe(path + ".issuer");
        }
        URI jwks = oidc.jwks() == null ? null : safe(oidc.jwks());
        if (oidc.jwks() != null && jwks == null) {
            unsafe(path + ".jwks");
        }
        return new OidcIssuer(
                name,
                issuer,
                oidc.audience() == null ? "" : oidc.audience(),
                jwks,
                algorithms(path + ".algorithms", oidc.algorithms()),
                oidc.leeway(),
                new CallerClaims(
                        read(path + ".tenant", "claims.", oidc.tenant()),
                        oidc.tenant() != null,
                        tenant(path + ".default_tenant", oidc.defaultTenant()),
                        read(path + ".user", "claims.", oidc.user()),
                        read(path + ".roles", "claims.", oidc.roles())));
    }

    /** Keys that come in cleartext could be anybody's. */
    private static @Nullable URI safe(String text) {
        try {
            URI uri = new URI(text);
            String host = uri.getHost();
            boolean bare = uri.getRawFragment() == null && uri.getRawUserInfo() == null && host != null;
            boolean https = "https".equals(uri.getScheme());
            boolean local = bare && "http".equals(uri.getScheme()) && Host.isLoopback(unbracketed(host));
            return bare && (https || local) && uri.getPort() <= 65535 && uri.getPort() != 0 ? uri : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private static String unbracketed(@Nullable String host) {
        String name = host == null ? "" : host;
        return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    }

    private void unsafe(String path) {
        problems.unexpected(
                binder.at(path),
                path,
                binder.shown(path),
                "an https URL, or http on loopback, without user and fragment");
    }

    private Set<JwtAlgorithm> algorithms(String path, List<@Nullable String> labels) {
        if (!binder.has(path)) {
            return USUAL;
        }
        Set<JwtAlgorithm> algorithms = EnumSet.noneOf(JwtAlgorithm.class);
        for (int i = 0; i < labels.size(); i++) {
            String label = labels.get(i);
            JwtAlgorithm known = label == null ? null : JwtAlgorithm.of(label);
            if (known != null) {
                algorithms.add(known);
            } else if (label != null) {
                String at = path + "[" + i + "]";
                problems.unexpected(
                        binder.at(at),
                        at,
                        binder.shown(at),
                        "one of " + String.join(", ", JwtAlgorithm.labels())
                                + (isShared(label) ? "; a secret that also makes tokens has no place here" : ""));
            }
        }
        if (labels.isEmpty()) {
            problems.unexpected(binder.at(path), path, "an empty list", "at least one algorithm");
        }
        return algorithms;
    }

    private static boolean isShared(String label) {
        return label.toUpperCase(Locale.ROOT).startsWith("HS");
    }

    private String read(String path, String prefix, @Nullable String text) {
        if (text == null) {
            return "";
        }
        if (!text.startsWith(prefix) || text.length() == prefix.length()) {
            problems.unexpected(binder.at(path), path, binder.shown(path), "a path such as " + prefix + "org");
            return "";
        }
        return text.substring(prefix.length());
    }

    private String tenant(String path, @Nullable String name) {
        if (name != null && name.chars().anyMatch(c -> c <= ' ' || Character.isISOControl(c))) {
            problems.unexpected(binder.at(path), path, binder.shown(path), "a name without blanks");
        }
        return name == null ? "" : name;
    }

    /** A token says in iss who made it: two entries with the same one could not be told apart. */
    private void refuseTwins(List<OidcIssuer> issuers) {
        Map<String, OidcIssuer> seen = new LinkedHashMap<>();
        for (OidcIssuer issuer : issuers) {
            if (!issuer.issuer().isEmpty() && seen.putIfAbsent(issuer.issuer(), issuer) != null) {
                String path = Paths.child("auth.issuers", issuer.name()) + ".issuer";
                problems.unexpected(binder.at(path), path, binder.shown(path), "an issuer that no other entry has");
            }
        }
    }

    private SessionCheck session(AuthForm.Session session) {
        List<String> forward = new ArrayList<>();
        List<@Nullable String> names = session.forward();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String lower = name == null ? "" : name.toLowerCase(Locale.ROOT);
            if (name != null && (!isFieldName(lower) || NOT_SENT_ALONG.contains(lower))) {
                String path = "auth.session.forward[" + i + "]";
                problems.unexpected(
                        binder.at(path), path, binder.shown(path), "a header field such as cookie or authorization");
            } else if (name != null && !forward.contains(lower)) {
                forward.add(lower);
            }
        }
        if (binder.has("auth.session.forward") && names.isEmpty()) {
            problems.unexpected(
                    binder.at("auth.session.forward"), "auth.session.forward", "an empty list", "at least one field");
        }
        URI url = session.url();
        return new SessionCheck(
                url == null ? URI.create("http://localhost") : url,
                forward.isEmpty() ? List.of("cookie") : forward,
                session.cache(),
                session.timeout(),
                new CallerClaims(
                        session.tenant() == null ? "tenant" : read("auth.session.tenant", "answer.", session.tenant()),
                        session.tenant() != null,
                        tenant("auth.session.default_tenant", session.defaultTenant()),
                        read("auth.session.user", "answer.", session.user()),
                        read("auth.session.roles", "answer.", session.roles())));
    }

    private static boolean isFieldName(String name) {
        return !name.isEmpty()
                && name.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_');
    }

    private List<Method> order() {
        List<Method> named = form.order().stream().filter(Objects::nonNull).toList();
        Set<Method> order = new LinkedHashSet<>(named);
        if (order.size() < named.size()) {
            problems.unexpected(
                    binder.at("auth.order"),
                    "auth.order",
                    "a way that is named twice",
                    "each of key, oidc, session once");
        }
        order.addAll(List.of(Method.values()));
        return List.copyOf(order);
    }

    /** What there is to print and to compare, by keys of the file. */
    static Map<String, @Nullable Object> lines(AuthConfig auth) {
        Map<String, @Nullable Object> lines = new LinkedHashMap<>();
        lines.put("auth.api_keys", auth.apiKeys());
        for (OidcIssuer issuer : auth.issuers()) {
            String path = issuer.name().isEmpty() ? "auth.oidc" : Paths.child("auth.issuers", issuer.name());
            lines.put(path + ".issuer", issuer.issuer());
            lines.put(path + ".audience", issuer.audience());
            lines.put(path + ".jwks", issuer.jwks());
            lines.put(
                    path + ".algorithms",
                    issuer.algorithms().stream()
                            .sorted()
                            .map(JwtAlgorithm::label)
                            .toList());
            lines.put(path + ".leeway", issuer.leeway());
            claims(path, "claims.", issuer.claims(), lines);
        }
        SessionCheck session = auth.session();
        if (session != null) {
            lines.put("auth.session.url", session.url());
            lines.put("auth.session.forward", session.forward());
            lines.put("auth.session.cache", session.cache());
            lines.put("auth.session.timeout", session.timeout());
            claims("auth.session", "answer.", session.claims(), lines);
        }
        if (!auth.isKeysOnly()) {
            lines.put("auth.order", auth.order().stream().map(Scalar::label).toList());
        }
        return lines;
    }

    private static void claims(String path, String prefix, CallerClaims claims, Map<String, @Nullable Object> lines) {
        lines.put(path + ".tenant", claims.tenantRequired() ? prefix + claims.tenant() : null);
        lines.put(path + ".default_tenant", claims.defaultTenant().isEmpty() ? null : claims.defaultTenant());
        lines.put(path + ".user", prefix + claims.user());
        lines.put(path + ".roles", claims.roles().isEmpty() ? null : prefix + claims.roles());
    }
}
