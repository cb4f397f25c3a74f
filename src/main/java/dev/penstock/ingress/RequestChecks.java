// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The same strictness for HTTP/2 that {@link RequestGuard} has for HTTP/1.x. The frames are Netty's business (4.2.18 bounds
 * resets, CONTINUATION, empty frames and header lists, and checks content-length against DATA); this looks at what came out
 * of them. Anything that would mean something else once written as HTTP/1.1 towards a provider is refused (RFC 9113 section
 * 10.3): line ends and control bytes in a field or the path, and fields that speak about a connection.
 */
public final class RequestChecks {

    private static final int MAX_FIELDS = EdgeLimits.MAX_FIELDS;
    private static final Set<HttpMethod> METHODS = Set.of(
            HttpMethod.GET,
            HttpMethod.HEAD,
            HttpMethod.POST,
            HttpMethod.PUT,
            HttpMethod.DELETE,
            HttpMethod.OPTIONS,
            HttpMethod.PATCH);
    private static final Set<String> CONNECTION_FIELDS =
            Set.of("connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "http2-settings");
    private static final Set<String> SINGLE_FIELDS =
            Set.of("authorization", "content-length", "content-type", "content-encoding", "host");

    private RequestChecks() {}

    /** The reason to refuse this request, or null. An HTTP/1.x request has been checked as bytes. */
    public static @Nullable GatewayError check(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_2 ? http2(request) : null;
    }

    private static @Nullable GatewayError http2(HttpServerRequest request) {
        if (!METHODS.contains(request.method())) {
            return GatewayError.builder(Kind.METHOD_NOT_ALLOWED, "The request method is not offered here.")
                    .status(RequestHead.isToken(request.method().name()) ? 405 : 400)
                    .build();
        }
        if (!RequestHead.isTarget(request.uri())) {
            return invalid("The path must begin with '/' and hold only URI characters.");
        }
        String authority =
                request.authority() == null ? null : request.authority().toString();
        if (authority == null || !RequestHead.isHost(authority)) {
            return invalid("The request needs one well-formed authority.");
        }
        return fields(request.headers());
    }

    private static @Nullable GatewayError fields(MultiMap headers) {
        int count = 0;
        int seen = 0;
        for (Map.Entry<String, String> field : headers) {
            String name = field.getKey();
            if (++count > MAX_FIELDS) {
                return GatewayError.of(Kind.HEADERS_TOO_LARGE, "The request has more than 100 header fields.");
            }
            GatewayError error = field(name, field.getValue());
            if (error != null) {
                return error;
            }
            if (SINGLE_FIELDS.contains(name)) {
                int bit = 1 << (name.hashCode() & 31);
                if ((seen & bit) != 0 && headers.getAll(name).size() > 1) {
                    return invalid("A header field that must be single appears more than once.");
                }
                seen |= bit;
            }
        }
        return null;
    }

    private static @Nullable GatewayError field(String name, String value) {
        if (!RequestHead.isToken(name)) {
            return invalid("A header field name holds a character that names may not hold.");
        }
        if (!RequestHead.isValue(value)) {
            return invalid("A header field value holds a control character.");
        }
        boolean badTe = name.equals("te") && !value.equalsIgnoreCase("trailers");
        if (CONNECTION_FIELDS.contains(name) || badTe) {
            return invalid("HTTP/2 has no connection-specific header fields.");
        }
        return name.equals("content-length") ? contentLength(value) : null;
    }

    private static @Nullable GatewayError contentLength(String value) {
        if (value.isEmpty() || value.length() > 18) {
            return invalid("content-length must be one plain decimal number.");
        }
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < '0' || value.charAt(i) > '9') {
                return invalid("content-length must be one plain decimal number.");
            }
        }
        return null;
    }

    private static GatewayError invalid(String message) {
        return GatewayError.of(Kind.INVALID_REQUEST, message);
    }
}
