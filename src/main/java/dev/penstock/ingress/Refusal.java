// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.openai.ChatWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Why an HTTP/1.x request is refused before the codec sees it, with the one canonical response to it. The text names the
 * rule that was broken and never a byte of what was sent, so that a refusal cannot carry an attack onwards.
 */
enum Refusal {
    NOT_HTTP(
            400,
            "Bad Request",
            "the connection does not start with an HTTP request; is this a TLS client on a cleartext port?"),
    BARE_LINE_FEED(400, "Bad Request", "a line of the request head does not end with CR LF"),
    REQUEST_LINE(400, "Bad Request", "the request line must be: method, one space, target, one space, HTTP/1.1"),
    TARGET(400, "Bad Request", "the request target must be a path that begins with '/' and holds only URI characters"),
    VERSION(505, "HTTP Version Not Supported", "this listener speaks HTTP/1.0, HTTP/1.1 and HTTP/2"),
    METHOD_UNKNOWN(501, "Not Implemented", "the request method is not known here"),
    METHOD_REFUSED(405, "Method Not Allowed", "CONNECT and TRACE are not allowed"),
    TARGET_TOO_LONG(414, "URI Too Long", "the request line is longer than this listener accepts"),
    HEAD_TOO_LARGE(431, "Request Header Fields Too Large", "the header block is larger than server.max_headers"),
    TOO_MANY_FIELDS(431, "Request Header Fields Too Large", "the request has more than 100 header fields"),
    FOLDED_FIELD(400, "Bad Request", "a header field is folded over several lines or begins with white space"),
    FIELD_NAME(
            400,
            "Bad Request",
            "a header field name is empty, holds a character that names may not hold, or is not followed directly by ':'"),
    FIELD_VALUE(400, "Bad Request", "a header field value holds a control character"),
    AMBIGUOUS_FIELD(400, "Bad Request", "a framing header field is spelled with an underscore"),
    HOST_MISSING(400, "Bad Request", "the host header field is missing"),
    HOST_REPEATED(400, "Bad Request", "the host header field appears more than once"),
    HOST_MALFORMED(400, "Bad Request", "the host header field is not a host name or address with an optional port"),
    AUTHORIZATION_REPEATED(400, "Bad Request", "the authorization header field appears more than once"),
    LENGTH_MALFORMED(400, "Bad Request", "content-length must be one plain decimal number"),
    LENGTH_REPEATED(400, "Bad Request", "content-length appears more than once"),
    ENCODING_UNKNOWN(400, "Bad Request", "transfer-encoding must be exactly: chunked"),
    ENCODING_REPEATED(400, "Bad Request", "transfer-encoding appears more than once"),
    ENCODING_IN_OLD_HTTP(400, "Bad Request", "HTTP/1.0 has no transfer-encoding"),
    TWO_FRAMINGS(400, "Bad Request", "content-length and transfer-encoding exclude each other"),
    EXPECTATION(417, "Expectation Failed", "the only expectation met here is 100-continue"),
    UPGRADE(400, "Bad Request", "protocol upgrades are not offered here; use HTTP/2 with prior knowledge or by ALPN"),
    CHUNK_SIZE(
            400,
            "Bad Request",
            "a chunk size must be plain hexadecimal digits followed by CR LF, without an extension"),
    CHUNK_END(400, "Bad Request", "the data of a chunk is not followed by CR LF"),
    TRAILER(400, "Bad Request", "trailer fields are not accepted after a chunked body"),
    HEAD_TIMEOUT(408, "Request Timeout", "the request head was not complete within server.head_timeout");

    private final int status;
    private final String code;
    private final String response;

    Refusal(int status, String reason, String message) {
        this.status = status;
        this.code = name().toLowerCase(Locale.ROOT);
        GatewayError error = GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, message)
                .status(status)
                .code(code)
                .build();
        String body = ChatWriter.error(error, null).toString(StandardCharsets.US_ASCII);
        String allow = status == 405 ? "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n" : "";
        this.response = "HTTP/1.1 " + status + " " + reason + "\r\ncontent-type: application/json\r\n" + allow
                + "cache-control: no-store\r\ncontent-length: " + body.length() + "\r\nconnection: close\r\n\r\n"
                + body;
    }

    int status() {
        return status;
    }

    /** A stable word, the {@code code} of the error body and a metric label. */
    String code() {
        return code;
    }

    /** The whole response, ready for the socket. */
    ByteBuf response() {
        return Unpooled.copiedBuffer(response, StandardCharsets.US_ASCII);
    }
}
