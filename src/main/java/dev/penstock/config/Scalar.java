// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A kind of value that one line of a file can hold: how it is read, how a person is told what was expected, and how an
 * editor can check it.
 *
 * @param type what it becomes
 * @param noun what it is called in messages
 * @param example how one writes it, or empty when the noun says it all
 * @param pattern a regular expression for editors, or empty when any text may be right
 * @param harmless whether it may be printed even when it came out of a variable: numbers and choices may, text may not
 * @param reader from text to value; null when the text is no such value
 */
record Scalar<T>(Class<T> type, String noun, String example, String pattern, boolean harmless, Reader<T> reader) {

    /** From text to value. */
    @FunctionalInterface
    interface Reader<T> {
        /** The value, or null when the text is none. */
        @Nullable
        T read(String text);
    }

    private static final List<Scalar<?>> ALL = List.of(
            new Scalar<>(Integer.class, "a whole number", "", "", true, Scalar::integer),
            new Scalar<>(Boolean.class, "true or false", "", "", true, Scalar::bool),
            new Scalar<>(String.class, "text", "", "", false, text -> text.isBlank() ? null : text),
            new Scalar<>(Count.class, "a count", "256 or 100k", "[0-9]+[kM]?", true, Count::parse),
            new Scalar<>(
                    Duration.class, "a duration", "200ms, 30s, 2m or 1h", "[0-9]+(ms|s|m|h)", true, Durations::parse),
            new Scalar<>(Age.class, "an age", "30d, 3y or 12h", "[0-9]+(h|d|y)", true, Age::parse),
            new Scalar<>(Share.class, "a share", "50% or 2.5%", "[0-9]+(\\.[0-9]+)?%", true, Share::parse),
            new Scalar<>(
                    Percentile.class,
                    "a percentile",
                    "p95 or 95%",
                    "(p[0-9]+(\\.[0-9]+)?|[0-9]+(\\.[0-9]+)?%)",
                    true,
                    Percentile::parse),
            new Scalar<>(
                    Span.class,
                    "the shortest and the longest duration",
                    "200ms-2s",
                    "[0-9]+(ms|s|m|h)-[0-9]+(ms|s|m|h)",
                    true,
                    Span::parse),
            new Scalar<>(
                    Moment.class,
                    "a date, or a date with time and offset",
                    "2027-06-30 or 2027-06-30T18:00:00Z",
                    "[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?",
                    true,
                    Moment::parse),
            new Scalar<>(
                    AlertCondition.class,
                    "a condition: " + AlertCondition.SIGNALS + ", then > or >=, then a duration or a share",
                    "breaker.open > 60s or budget.used >= 80%",
                    "[a-z]+\\.[a-z]+ +>=? +[0-9].*",
                    true,
                    AlertCondition::parse),
            new Scalar<>(Usd.class, "an amount in US dollars", "2.5", "[0-9]+(\\.[0-9]+)?", true, Usd::parse),
            new Scalar<>(Day.class, "a day", "2026-11-22", "[0-9]{4}-[0-9]{2}-[0-9]{2}", true, Day::parse),
            new Scalar<>(ByteSize.class, "a size", "512KiB or 20MiB", "[0-9]+(B|KiB|MiB|GiB)", true, ByteSize::parse),
            new Scalar<>(Secret.class, "a secret", "${NAME_OF_A_VARIABLE}", "", false, Secret::of),
            new Scalar<>(Path.class, "a path", "/etc/penstock/ca.pem", "", false, Scalar::path),
            new Scalar<>(
                    StoreUrl.class,
                    "sqlite:/path/to/file, postgresql://user:password@host/database or none",
                    "",
                    "(sqlite:.+|postgres(ql)?://.+|none)",
                    false,
                    StoreUrl::parse),
            new Scalar<>(Host.class, "an address or a host name", "127.0.0.1", "", false, Host::parse),
            new Scalar<>(
                    Region.class, "a region of AWS", "eu-central-1", "[a-z0-9]+(-[a-z0-9]+)+", false, Region::parse),
            new Scalar<>(
                    Location.class,
                    "a location of Vertex AI",
                    "europe-west4 or global",
                    "[a-z0-9]+(-[a-z0-9]+)*",
                    false,
                    Location::parse),
            new Scalar<>(
                    Project.class,
                    "a project of Google Cloud",
                    "my-project",
                    "[a-z0-9][a-z0-9.:-]*",
                    false,
                    Project::parse),
            new Scalar<>(
                    ApiVersion.class,
                    "the date of an API version or nothing",
                    "2024-10-21",
                    "[A-Za-z0-9._-]*",
                    false,
                    ApiVersion::parse),
            new Scalar<>(
                    BindNetwork.class,
                    "an address of this machine or a network that it lies in",
                    "10.1.2.3 or 10.0.0.0/8",
                    "[0-9A-Fa-f.:]+(/[0-9]+)?",
                    false,
                    BindNetwork::parse),
            new Scalar<>(HostPort.class, "host:port", "127.0.0.1:9090", ".+:[0-9]+", false, HostPort::parse),
            new Scalar<>(
                    CorsOrigin.class,
                    "an origin",
                    "https://app.example.com",
                    "(\\*|https?://[^/?#]+)",
                    false,
                    CorsOrigin::parse),
            new Scalar<>(
                    FetchHost.class,
                    "a host to fetch from",
                    "cdn.example.com, *.images.example.com or http://images.internal:8080",
                    "(https?://)?(\\*\\.)?[^/?#@*]+",
                    false,
                    FetchHost::parse),
            new Scalar<>(
                    NetworkBlock.class,
                    "the first address of a network and its length",
                    "10.1.0.0/16",
                    "[0-9A-Fa-f.:]+/[0-9]+",
                    false,
                    NetworkBlock::parse),
            new Scalar<>(
                    OtlpUrl.class,
                    "an http or https URL without /v1/traces and /v1/metrics, or nothing",
                    "http://collector:4318",
                    "(https?://.+)?",
                    false,
                    OtlpUrl::parse),
            new Scalar<>(
                    URI.class, "an http or https URL", "https://host.example/v1", "https?://.+", false, Scalar::url));

    /** The scalar behind a component's type, or empty when the type is a section, a list or a map. */
    static Optional<Scalar<?>> of(Class<?> type) {
        if (type.isEnum()) {
            return Optional.of(choice(type));
        }
        return ALL.stream().filter(s -> s.type == boxed(type)).findFirst();
    }

    private static Class<?> boxed(Class<?> type) {
        return type == int.class ? Integer.class : type == boolean.class ? Boolean.class : type;
    }

    private static <E> Scalar<E> choice(Class<E> type) {
        E[] constants = type.getEnumConstants();
        String labels = Arrays.stream(constants).map(Scalar::label).collect(Collectors.joining(" or "));
        return new Scalar<>(type, labels, "", "", true, text -> Arrays.stream(constants)
                .filter(constant -> label(constant).equals(text))
                .findFirst()
                .orElse(null));
    }

    /** How a constant is written in the file. */
    static String label(Object constant) {
        return constant.toString().toLowerCase(Locale.ROOT);
    }

    /** The value, or null when the text is no such value or lies outside the key's range. */
    @Nullable
    T read(String text, Key key) {
        T value = reader.read(text);
        return value != null && within(value, key) ? value : null;
    }

    private boolean within(T value, Key key) {
        return (key.min().isEmpty() || compare(value, key.min()) >= 0)
                && (key.max().isEmpty() || compare(value, key.max()) <= 0);
    }

    @SuppressWarnings("unchecked") // every type with a range in the form is comparable with itself
    private int compare(T value, String bound) {
        T limit = reader.read(bound);
        if (limit == null) {
            throw new IllegalStateException("a bound that is no " + noun + ": " + bound);
        }
        return ((Comparable<T>) value).compareTo(limit);
    }

    /** What a message says after "expected". */
    String expected(Key key) {
        if (!key.min().isEmpty() && key.min().equals(key.max())) {
            return key.min();
        }
        StringBuilder text = new StringBuilder(noun);
        if (!key.min().isEmpty()) {
            text.append(key.max().isEmpty() ? " of at least " : " from ").append(key.min());
        }
        if (!key.max().isEmpty()) {
            text.append(key.min().isEmpty() ? " of at most " : " to ").append(key.max());
        }
        return example.isEmpty() ? text.toString() : text + ", such as " + example;
    }

    private static @Nullable Integer integer(String text) {
        boolean negative = text.startsWith("-");
        long number = Digits.parse(negative ? text.substring(1) : text);
        return number < 0 || number > Integer.MAX_VALUE ? null : (Integer) (int) (negative ? -number : number);
    }

    private static @Nullable Boolean bool(String text) {
        return switch (text) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> null;
        };
    }

    private static @Nullable Path path(String text) {
        try {
            return text.isBlank() ? null : Path.of(text);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** Where an API begins: absolute, with a host, without anything that a path cannot be appended to. */
    static @Nullable URI url(String text) {
        try {
            URI uri = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
            boolean bare = uri.getRawQuery() == null && uri.getRawFragment() == null && uri.getRawUserInfo() == null;
            return web && bare && uri.getHost() != null && uri.getPort() <= 65535 && uri.getPort() != 0 ? uri : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }
}
