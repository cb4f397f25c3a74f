// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.bedrock;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests to one service in one region with one set of credentials (AWS Signature Version 4, {@code AWS4-HMAC-SHA256}).
 * New credentials need a new instance. The signing key is good for a day and derived once for it. Thread-safe.
 *
 * <p>Source: "Create a signed AWS API request", IAM user guide. A request is refused when the clock differs from AWS's by more than
 * five minutes, so the instant is that of sending; a retry is signed anew.
 */
public final class SigV4 {

    /** The hash of a body without a byte. */
    public static final String EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String TERMINATOR = "aws4_request";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final HexFormat HEX = HexFormat.of();
    private static final char[] UPPER_HEX = "0123456789ABCDEF".toCharArray();

    private final String accessKey;
    private final String secretKey;
    private final @Nullable String sessionToken;
    private final String region;
    private final String service;
    /** A race derives the same key twice, nothing worse. */
    private volatile @Nullable DayKey dayKey;

    /**
     * What is signed of a request.
     *
     * @param method in capitals
     * @param host as it stands in the header {@code host}, with the port if it has one there
     * @param path as it goes on the wire, each segment percent-encoded once; {@code /} for none
     * @param query as it goes on the wire, without the question mark; empty for none
     * @param headers other headers to sign, such as {@code content-type}; any spelling of the names
     * @param payloadSha256 of the body, see {@link #sha256}
     */
    public record Request(
            String method, String host, String path, String query, Map<String, String> headers, String payloadSha256) {

        public Request {
            headers = Map.copyOf(headers);
        }
    }

    /** What a signature is good for. */
    private record Scope(String date, String text) {}

    private record DayKey(String date, SecretKeySpec key) {}

    /**
     * For one set of credentials.
     *
     * @param sessionToken of temporary credentials, or null
     */
    public SigV4(String accessKey, String secretKey, @Nullable String sessionToken, String region, String service) {
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        this.sessionToken = sessionToken;
        this.region = region;
        this.service = service;
    }

    /**
     * Signs.
     *
     * @param now the moment of sending
     * @return the headers to add: {@code Authorization}, {@code X-Amz-Date}, {@code x-amz-content-sha256} and, with temporary
     *     credentials, {@code X-Amz-Security-Token}
     */
    public Map<String, String> sign(Request request, Instant now) {
        Map<String, String> added = new LinkedHashMap<>();
        added.put("X-Amz-Date", TIME.format(now));
        added.put("x-amz-content-sha256", request.payloadSha256);
        if (sessionToken != null) {
            added.put("X-Amz-Security-Token", sessionToken);
        }
        SortedMap<String, String> signed = new TreeMap<>();
        request.headers.forEach((name, value) -> signed.put(name.toLowerCase(Locale.ROOT), value));
        added.forEach((name, value) -> signed.put(name.toLowerCase(Locale.ROOT), value));
        signed.put("host", request.host);
        added.put("Authorization", authorization(request, signed, now));
        return added;
    }

    /** The hash of a body, as the signature wants it. */
    public static String sha256(byte[] payload) {
        try {
            return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(payload));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Without the credentials. */
    @Override
    public String toString() {
        return "SigV4[" + region + "/" + service + "]";
    }

    // ------------------------------------------------------------------ the steps

    /**
     * The value of the header.
     *
     * @param signed exactly the headers to sign, by lower-case name
     */
    String authorization(Request request, SortedMap<String, String> signed, Instant now) {
        Scope scope = scope(now);
        String text = stringToSign(canonicalRequest(request, signed), now);
        return ALGORITHM + " Credential=" + accessKey + "/" + scope.text + ", SignedHeaders="
                + String.join(";", signed.keySet()) + ", Signature="
                + HEX.formatHex(hmac(key(scope.date), text));
    }

    String stringToSign(String canonicalRequest, Instant now) {
        return ALGORITHM + "\n" + TIME.format(now) + "\n" + scope(now).text + "\n"
                + sha256(canonicalRequest.getBytes(StandardCharsets.UTF_8));
    }

    String canonicalRequest(Request request, SortedMap<String, String> signed) {
        StringBuilder text = new StringBuilder(256);
        text.append(request.method).append('\n');
        text.append(canonicalPath(request.path)).append('\n');
        text.append(canonicalQuery(request.query)).append('\n');
        signed.forEach((name, value) ->
                text.append(name).append(':').append(oneSpace(value)).append('\n'));
        text.append('\n').append(String.join(";", signed.keySet())).append('\n');
        return text.append(request.payloadSha256).toString();
    }

    private Scope scope(Instant now) {
        String date = TIME.format(now).substring(0, 8);
        return new Scope(date, date + "/" + region + "/" + service + "/" + TERMINATOR);
    }

    private SecretKeySpec key(String date) {
        DayKey known = dayKey;
        if (known == null || !known.date.equals(date)) {
            byte[] key = hmac(spec(("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8)), date);
            for (String part : List.of(region, service, TERMINATOR)) {
                key = hmac(spec(key), part);
            }
            known = new DayKey(date, spec(key));
            dayKey = known;
        }
        return known.key;
    }

    private static SecretKeySpec spec(byte[] key) {
        return new SecretKeySpec(key, "HmacSHA256");
    }

    private static byte[] hmac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    // ------------------------------------------------------------------ canonical forms

    /**
     * Every service but S3 encodes the path of the wire once more ({@code %3A} becomes {@code %253A}) and takes dots and doubled
     * slashes out of it; S3 takes it as it is.
     */
    private String canonicalPath(String path) {
        if (service.equals("s3")) {
            return path.isEmpty() ? "/" : path;
        }
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/", -1)) {
            if (segment.equals("..")) {
                if (!segments.isEmpty()) {
                    segments.removeLast();
                }
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.add(encoded(segment.getBytes(StandardCharsets.UTF_8)));
            }
        }
        if (segments.isEmpty()) {
            return "/";
        }
        return "/" + String.join("/", segments) + (path.endsWith("/") ? "/" : "");
    }

    /** Sorted by name, then by value, as encoded; a name without a value gets its equals sign. */
    private static String canonicalQuery(String query) {
        if (query.isEmpty()) {
            return "";
        }
        List<String[]> pairs = new ArrayList<>();
        for (String pair : query.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                pairs.add(new String[] {encoded(decoded(name)), encoded(decoded(value))});
            }
        }
        pairs.sort(Comparator.<String[], String>comparing(pair -> pair[0]).thenComparing(pair -> pair[1]));
        StringBuilder text = new StringBuilder();
        for (String[] pair : pairs) {
            text.append(text.isEmpty() ? "" : "&").append(pair[0]).append('=').append(pair[1]);
        }
        return text.toString();
    }

    /** The bytes behind percent signs; a percent sign that begins no escape is one. */
    private static byte[] decoded(String text) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[raw.length];
        int length = 0;
        for (int i = 0; i < raw.length; i++) {
            boolean escape = raw[i] == '%'
                    && i + 2 < raw.length
                    && Character.digit(raw[i + 1], 16) >= 0
                    && Character.digit(raw[i + 2], 16) >= 0;
            if (escape) {
                out[length++] = (byte) (Character.digit(raw[i + 1], 16) << 4 | Character.digit(raw[i + 2], 16));
                i += 2;
            } else {
                out[length++] = raw[i];
            }
        }
        return Arrays.copyOf(out, length);
    }

    /** RFC 3986: everything but the unreserved characters. */
    private static String encoded(byte[] raw) {
        StringBuilder text = new StringBuilder(raw.length + 16);
        for (byte b : raw) {
            boolean unreserved = (b >= 'a' && b <= 'z')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= '0' && b <= '9')
                    || b == '-'
                    || b == '.'
                    || b == '_'
                    || b == '~';
            if (unreserved) {
                text.append((char) b);
            } else {
                text.append('%').append(UPPER_HEX[(b >> 4) & 15]).append(UPPER_HEX[b & 15]);
            }
        }
        return text.toString();
    }

    /** Without white space at the ends, and with one space for each run of it. */
    private static String oneSpace(String value) {
        String text = value.strip();
        StringBuilder out = new StringBuilder(text.length());
        boolean gap = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean space = Character.isWhitespace(c);
            if (!space) {
                out.append(c);
            } else if (!gap) {
                out.append(' ');
            }
            gap = space;
        }
        return out.toString();
    }
}
