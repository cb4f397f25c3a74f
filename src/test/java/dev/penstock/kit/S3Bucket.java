// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stands for a bucket: a real HTTP server on loopback that takes objects whose request is signed with Signature Version 4 and refuses all
 * others, as S3 does. It computes the signature itself, from the published algorithm, and shares no code with what it judges.
 *
 * <p>Source: "Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference, November 2026.
 */
public final class S3Bucket implements AutoCloseable {

    private static final Pattern AUTHORIZATION = Pattern.compile(
            "AWS4-HMAC-SHA256 "
                    + "Credential=([^/]+)/([0-9]{8})/([^/]+)/s3/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final Duration SKEW = Duration.ofMinutes(15);

    private final HttpServer server;
    private final String region;
    private final String accessKey;
    private final Map<String, String> objects = new ConcurrentSkipListMap<>();
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private volatile String secretKey;

    private S3Bucket(String region, String accessKey, String secretKey) throws IOException {
        this.region = region;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    public static S3Bucket open(String region, String accessKey, String secretKey) {
        try {
            return new S3Bucket(region, accessKey, secretKey);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String objection = objection(exchange, body);
            if (objection.isEmpty()) {
                objects.put(exchange.getRequestURI().getRawPath(), new String(body, StandardCharsets.UTF_8));
                exchange.sendResponseHeaders(200, -1);
            } else {
                refused.add(objection);
                exchange.sendResponseHeaders(objection.equals("BadDigest") ? 400 : 403, -1);
            }
        }
    }

    /** The code that S3 would answer with; empty for none. */
    private String objection(HttpExchange exchange, byte[] body) {
        String authorization = header(exchange, "Authorization");
        Matcher parts = AUTHORIZATION.matcher(authorization);
        String stamp = header(exchange, "x-amz-date");
        if (!exchange.getRequestMethod().equals("PUT") || !parts.matches()) {
            return "AccessDenied";
        }
        if (!parts.group(1).equals(accessKey)) {
            return "InvalidAccessKeyId";
        }
        Instant signedAt = Instant.from(TIME.parse(stamp));
        if (!parts.group(2).equals(stamp.substring(0, 8)) || !parts.group(3).equals(region)) {
            return "AuthorizationHeaderMalformed";
        }
        if (Duration.between(signedAt, Instant.now()).abs().compareTo(SKEW) > 0) {
            return "RequestTimeTooSkewed";
        }
        List<String> names = Arrays.asList(parts.group(4).split(";"));
        boolean all = names.contains("host")
                && exchange.getRequestHeaders().keySet().stream()
                        .map(name -> name.toLowerCase(java.util.Locale.ROOT))
                        .filter(name -> name.startsWith("x-amz-"))
                        .allMatch(names::contains);
        SortedMap<String, String> signed = new TreeMap<>();
        names.forEach(name -> signed.put(name, header(exchange, name)));
        String payload = header(exchange, "x-amz-content-sha256");
        String expected =
                signature("PUT", exchange.getRequestURI().getRawPath(), signed, payload, stamp, region, secretKey);
        if (!all || !expected.equals(parts.group(5))) {
            return "SignatureDoesNotMatch";
        }
        byte[] digest = sha256(body);
        String checksum = header(exchange, "x-amz-checksum-sha256");
        return HexFormat.of().formatHex(digest).equals(payload)
                        && Base64.getEncoder().encodeToString(digest).equals(checksum)
                ? ""
                : "BadDigest";
    }

    private static String header(HttpExchange exchange, String name) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value.strip();
    }

    /**
     * The signature of a request without a query, in hex.
     *
     * @param signed exactly the headers that are signed, by name in small letters
     * @param payload hash of the body, in hex
     * @param stamp as in {@code x-amz-date}
     */
    public static String signature(
            String method,
            String path,
            SortedMap<String, String> signed,
            String payload,
            String stamp,
            String region,
            String secretKey) {
        StringBuilder canonical = new StringBuilder(method + "\n" + path + "\n\n");
        signed.forEach((name, value) ->
                canonical.append(name).append(':').append(value).append('\n'));
        canonical
                .append('\n')
                .append(String.join(";", signed.keySet()))
                .append('\n')
                .append(payload);
        String date = stamp.substring(0, 8);
        String text = "AWS4-HMAC-SHA256\n" + stamp + "\n" + date + "/" + region + "/s3/aws4_request\n"
                + HexFormat.of().formatHex(sha256(canonical.toString().getBytes(StandardCharsets.UTF_8)));
        byte[] key = ("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8);
        for (String part : List.of(date, region, "s3", "aws4_request")) {
            key = hmac(key, part);
        }
        return HexFormat.of().formatHex(hmac(key, text));
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** From now on requests must be signed with this one. */
    public void secretKey(String key) {
        secretKey = key;
    }

    /** What was taken, by path. */
    public Map<String, String> objects() {
        return new TreeMap<>(objects);
    }

    /** Why others were not, in their order. */
    public List<String> refused() {
        return List.copyOf(refused);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
