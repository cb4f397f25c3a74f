// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.CallerClaims;
import dev.penstock.exchange.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * From claims, or from the answer about a session, to who calls. Of several roles the first one that the gateway knows counts: rights
 * are never added up behind the operator's back.
 */
final class CallerReader {

    /** Names go into logs and limits. */
    private static final int LONGEST = 200;

    private static final int MOST_ROLES = 200;

    private final UnaryOperator<String> regionOf;
    private final Map<String, Grant> roles;

    /**
     * @param regionOf the region of a tenant, or the empty string
     * @param roles what the roles of the gateway may
     */
    CallerReader(UnaryOperator<String> regionOf, Map<String, Grant> roles) {
        this.regionOf = regionOf;
        this.roles = Map.copyOf(roles);
    }

    /** @param keyId what the identity is called where keys have their name */
    Verdict read(JsonNode said, CallerClaims where, String keyId) {
        String tenant = name(at(said, where.tenant()));
        String user = name(at(said, where.user()));
        if (tenant == null || user == null) {
            return Refusals.nobody("the name of its " + (tenant == null ? "tenant" : "user") + " cannot be used");
        }
        if (tenant.isEmpty()) {
            tenant = where.defaultTenant();
            if (tenant.isEmpty() && where.tenantRequired()) {
                return Refusals.nobody("nothing says to which tenant it belongs");
            }
        }
        if (tenant.isEmpty() && user.isEmpty()) {
            return Refusals.nobody("nothing says who it is");
        }
        String role = role(at(said, where.roles()));
        // Where roles are used, who has none of them may do nothing.
        Grant grant = roles.getOrDefault(role, roles.isEmpty() ? Grant.OF_A_KEY : Grant.NOTHING);
        return new Verdict.Allowed(new Identity(tenant, regionOf.apply(tenant), keyId, user, role), grant);
    }

    /** A member of this very name, else one inside the other: there are claims that are called like an address. */
    private static @Nullable JsonNode at(JsonNode object, String path) {
        if (path.isEmpty()) {
            return null;
        }
        JsonNode whole = object.get(path);
        if (whole != null) {
            return whole;
        }
        int dot = path.indexOf('.');
        JsonNode inner = dot <= 0 ? null : object.get(path.substring(0, dot));
        return inner == null ? null : at(inner, path.substring(dot + 1));
    }

    /** Text, or a whole number as some databases have for names; empty when there is none, null when it is no name. */
    private static @Nullable String name(@Nullable JsonNode value) {
        if (value == null || value.isNull()) {
            return "";
        }
        String text = value.isTextual() || value.isIntegralNumber() ? value.asText() : null;
        boolean usable = text != null
                && text.length() <= LONGEST
                && text.codePoints()
                        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
        return usable ? text : null;
    }

    private String role(@Nullable JsonNode value) {
        List<String> said = new ArrayList<>();
        if (value != null && value.isTextual()) {
            said.add(value.textValue());
        } else if (value != null && value.isArray() && value.size() <= MOST_ROLES) {
            value.forEach(each -> {
                if (each.isTextual()) {
                    said.add(each.textValue());
                }
            });
        }
        return said.stream()
                .filter(role -> !role.isBlank() && role.length() <= LONGEST && roles.containsKey(role))
                .findFirst()
                .orElse("");
    }
}
