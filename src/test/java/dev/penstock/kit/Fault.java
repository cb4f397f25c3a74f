// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import static dev.penstock.kit.Answers.errorBuilder;
import static dev.penstock.kit.Answers.head;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Everything that goes wrong between a gateway and a provider: the rows of the fault matrix. Most faults are scripts and live
 * in a {@link ProviderSimulator}; three happen before a byte of HTTP is exchanged and have a {@link Place} of their own
 * ({@link FaultyPlaces}).
 *
 * <p>A fault that has no meaning for an answer that is not a stream says so ({@link #appliesTo}); for the others the unary
 * form is the same misfortune at the same point of a single JSON body.
 */
public enum Fault implements Answer {
    // ---- before HTTP
    CONNECT_REFUSED("the port refuses the connection", Place.REFUSED),
    SYN_BLACK_HOLE("nobody answers the SYN", Place.BLACK_HOLE),
    TLS_FAILURE("the certificate is signed by nobody we trust", Place.UNTRUSTED_TLS),
    ACCEPTED_THEN_SILENT(
            "the request is taken, then silence", r -> Script.stream().stall(), both()),
    RST_BEFORE_HEAD("the request is taken, then RST", r -> Script.stream().cutRst(), both()),
    CLOSED_BEFORE_HEAD("the request is taken, then FIN", r -> Script.stream().closeOrderly(), both()),
    HEAD_THEN_SILENT("status 200 and headers, then silence", r -> head(r).head().stall(), r -> jsonHead(r)
            .stall()),

    // ---- answers that are errors
    STATUS_400(
            "400 invalid_value",
            status(400, "invalid_request_error", "Invalid value for 'temperature'.", "invalid_value")),
    STATUS_400_CONTEXT(
            "400 context_length_exceeded",
            status(
                    400,
                    "invalid_request_error",
                    "This model's maximum context length is 128000 tokens.",
                    "context_length_exceeded")),
    STATUS_401(
            "401 with the key echoed in the message",
            status(
                    401,
                    "invalid_request_error",
                    "Incorrect API key provided: sk-proj-****************abcd.",
                    "invalid_api_key")),
    STATUS_403(
            "403",
            status(403, "invalid_request_error", "Country, region, or territory not supported", "unsupported_country")),
    STATUS_404(
            "404 model_not_found",
            status(404, "invalid_request_error", "The model does not exist.", "model_not_found")),
    STATUS_408("408", status(408, "timeout", "Request timed out.", null)),
    STATUS_409("409", status(409, "conflict", "Conflict.", null)),
    STATUS_413("413", status(413, "invalid_request_error", "Request too large.", null)),
    STATUS_422("422", status(422, "invalid_request_error", "Unprocessable entity.", null)),
    RATE_LIMITED(
            "429 rate_limit_exceeded without Retry-After",
            status(429, "tokens", "Rate limit reached.", "rate_limit_exceeded")),
    RATE_LIMITED_RETRY_AFTER(
            "429 rate_limit_exceeded with Retry-After",
            r -> errorBuilder(429, "tokens", "Rate limit reached. Please try again in 7s.", "rate_limit_exceeded")
                    .header("retry-after", "7")
                    .header("retry-after-ms", "6820")
                    .build(),
            both()),
    QUOTA_EXHAUSTED(
            "429 insufficient_quota: money, not rate",
            status(429, "insufficient_quota", "You exceeded your current quota.", "insufficient_quota")),
    IMPOSSIBLE_LIMIT(
            "429 that can never succeed",
            status(
                    429,
                    "tokens",
                    "Request too large for gpt-4o: Limit 30000, Requested 41250.",
                    "rate_limit_exceeded")),
    STATUS_500("500 server_error", status(500, "server_error", "The server had an error.", null)),
    STATUS_502("502", status(502, "server_error", "Bad gateway.", null)),
    STATUS_503("503 overloaded", status(503, "server_error", "The engine is currently overloaded.", "slow_down")),
    STATUS_529("529 overloaded", status(529, "overloaded_error", "Overloaded", null)),
    HTML_ERROR_PAGE(
            "502 with an HTML page of a proxy",
            r -> Script.whole(502, "text/html", Texts.HTML)
                    .header("server", "cloudflare")
                    .build(),
            both()),
    HTML_OK_PAGE(
            "200 with an HTML page",
            r -> Script.whole(200, "text/html; charset=utf-8", Texts.HTML).build(),
            both()),
    REDIRECT(
            "307 to another host",
            r -> Script.whole(307, "text/plain", "")
                    .header("location", "http://127.0.0.1:9/v1/chat/completions")
                    .build(),
            both()),
    OK_WITH_ERROR_BODY("200 with a JSON error body", status(200, "server_error", "Provider returned error", "502")),
    OK_WITH_ERROR_IN_SSE(
            "200, and the first event is an error",
            r -> head(r).send(events(r).error("server_error", "Overloaded")).build(),
            none()),
    UNARY_INSTEAD_OF_STREAM(
            "200 with a JSON answer although a stream was asked for",
            r -> Script.json(200, events(r).unary(Texts.ALL, 4, true)),
            none()),
    EMPTY_STREAM("200, an event stream with no event", r -> head(r).head().build(), none()),

    // ---- an error in the middle
    ERROR_EVENT_MID_STREAM(
            "an error event after some text",
            r -> text(r).send(events(r).error("server_error", "The server had an error while processing your request"))
                    .build(),
            none()),
    ERROR_THEN_MARKER(
            "an error event after some text, then the terminal marker all the same",
            r -> text(r).send(events(r).error("server_error", "stream failed"))
                    .send(events(r).done())
                    .build(),
            none()),

    // ---- cut: FIN, and the body has no end
    CUT_BEFORE_FIRST_TOKEN("FIN after the role event", r -> preamble(r).closeOrderly(), r -> jsonHead(r)
            .closeOrderly()),
    CUT_MID_TEXT("FIN between two tokens", r -> text(r).closeOrderly(), r -> part(r, Cut.MIDDLE)
            .closeOrderly()),
    CUT_IN_EVENT("FIN in the middle of an event", r -> halfEvent(r).closeOrderly(), none()),
    CUT_IN_CHARACTER(
            "FIN in the middle of a UTF-8 character", r -> halfCharacter(r).closeOrderly(), r -> part(r, Cut.CHARACTER)
                    .closeOrderly()),
    CUT_IN_TOOL_CALL("FIN in the arguments of a tool call", r -> toolCall(r).closeOrderly(), none()),
    CUT_AFTER_FINISH(
            "FIN after finish_reason, before the terminal marker",
            r -> finished(r).closeOrderly(),
            r -> part(r, Cut.LAST_BYTE).closeOrderly()),
    HALF_CHUNK(
            "FIN in the middle of an HTTP chunk",
            r -> text(r).raw("200\r\ndata: {\"id\":\"" + ChatEvents.ID + "\",").closeOrderly(),
            none()),
    LENGTH_TOO_LONG(
            "a content-length that is never reached, then FIN",
            r -> text(r).contentLength(1 << 20).closeOrderly(),
            r -> part(r, Cut.MIDDLE).closeOrderly()),

    // ---- EOF: HTTP ends well, the answer does not
    EOF_BEFORE_FIRST_TOKEN(
            "the body ends well after the role event", r -> preamble(r).build(), none()),
    EOF_MID_TEXT("the body ends well between two tokens", r -> text(r).build(), r -> Script.status(200)
            .header("content-type", "application/json")
            .send(partBytes(r, Cut.MIDDLE))
            .build()),
    EOF_AFTER_FINISH(
            "the body ends well after finish_reason, without the terminal marker",
            r -> finished(r).build(),
            none()),
    EOF_IN_EVENT(
            "the body ends well in the middle of an event", r -> halfEvent(r).build(), none()),

    // ---- RST
    RST_BEFORE_FIRST_TOKEN("RST after the role event", r -> preamble(r).cutRst(), r -> jsonHead(r)
            .cutRst()),
    RST_MID_TEXT("RST between two tokens", r -> text(r).cutRst(), r -> part(r, Cut.MIDDLE)
            .cutRst()),
    RST_IN_TOOL_CALL("RST in the arguments of a tool call", r -> toolCall(r).cutRst(), none()),
    RST_AFTER_FINISH(
            "RST after finish_reason, before the terminal marker",
            r -> finished(r).cutRst(),
            none()),

    // ---- stall
    STALL_BEFORE_FIRST_TOKEN("silence after the role event", r -> preamble(r).stall(), none()),
    KEEP_ALIVES_ONLY(
            "comments and never a token",
            r -> head(r).repeat(1_000_000, i -> ChatEvents.utf8(": keep-alive\n\n"), Duration.ofMillis(20))
                    .build(),
            none()),
    STALL_MID_TEXT("silence between two tokens", r -> text(r).stall(), r -> part(r, Cut.MIDDLE)
            .stall()),
    STALL_IN_CHARACTER(
            "silence in the middle of a UTF-8 character", r -> halfCharacter(r).stall(), r -> part(r, Cut.CHARACTER)
                    .stall()),
    STALL_IN_TOOL_CALL(
            "silence in the arguments of a tool call", r -> toolCall(r).stall(), none()),
    STALL_AFTER_FINISH(
            "silence after finish_reason, before the terminal marker",
            r -> finished(r).stall(),
            r -> part(r, Cut.LAST_BYTE).stall()),
    STALL_AFTER_MARKER(
            "silence after the terminal marker: the body has no end",
            r -> finished(r).send(usage(r)).send(events(r).done()).stall(),
            none()),

    // ---- odd, and partly legal
    MALFORMED_JSON(
            "an event whose JSON is broken",
            r -> ended(
                            r,
                            text(r).send("data: {\"id\":\"" + ChatEvents.ID
                                    + "\",\"choices\":[{\"delta\":{\"content\":\"x\n\n"))
                    .build(),
            r -> Script.json(200, "{\"id\":\"x\",\"choices\":[{\"message\":")),
    UNKNOWN_EVENT(
            "an event type that nobody knows",
            r -> ended(r, text(r).send("event: telemetry\ndata: {\"type\":\"telemetry\",\"load\":0.7}\n\n"))
                    .build(),
            none()),
    GIANT_EVENT(
            "one event of five megabytes",
            r -> ended(
                            r,
                            preamble(r)
                                    .sendSplit(
                                            events(r)
                                                    .content("x".repeat(5 << 20))
                                                    .getBytes(StandardCharsets.UTF_8),
                                            everyKibibytes(32, 5 << 10)))
                    .build(),
            none()),
    MISSING_USAGE(
            "usage was asked for and does not come",
            r -> finished(r).send(events(r).done()).build(),
            r -> Script.json(200, events(r).unary(Texts.ALL, 4, false))),
    DUPLICATE_MARKER(
            "the terminal marker twice",
            r -> ended(r, text(r)).send(events(r).done()).build(),
            none()),
    DATA_AFTER_MARKER(
            "a token after the terminal marker",
            r -> ended(r, text(r)).send(events(r).content(" late")).build(),
            none()),
    CRLF("CRLF line ends", r -> head(r).send(whole(r).replace("\n", "\r\n")).build(), none()),
    COMMENTS_EVERYWHERE(
            "comments before, between and inside events",
            r -> head(r).send(withComments(whole(r))).build(),
            r -> Script.json(200, "\n \r\n   \n" + events(r).unary(Texts.ALL, 4, true))),
    ONE_BYTE_PER_SEGMENT(
            "each byte in a segment of its own",
            r -> ended(r, text(r)).segments(Script.Segments.ONE_BYTE).build(),
            r -> Script.json(200, events(r).unary(Texts.ALL, 4, true)).withSegments(Script.Segments.ONE_BYTE)),
    WHOLE_IN_ONE_SEGMENT(
            "head and stream in one segment",
            r -> ended(r, text(r)).segments(Script.Segments.TOGETHER).build(),
            r -> Script.json(200, events(r).unary(Texts.ALL, 4, true)).withSegments(Script.Segments.TOGETHER)),
    UNTIL_CLOSE(
            "neither length nor chunks: the body ends with the connection",
            r -> ended(r, text(r)).framing(Script.Framing.UNTIL_CLOSE).build(),
            r -> Script.whole(200, "application/json", events(r).unary(Texts.ALL, 4, true))
                    .framing(Script.Framing.UNTIL_CLOSE)
                    .build()),
    NONE(
            "nothing is wrong",
            r -> ended(r, text(r)).build(),
            r -> Script.json(200, events(r).unary(Texts.ALL, 4, true)));

    /** Where a fault happens. */
    public enum Place {
        REFUSED,
        BLACK_HOLE,
        UNTRUSTED_TLS,
        SCRIPT
    }

    /** The text of every fault's answer: {@link #text} sends the first three pieces, the last has a four-byte character. */
    public static final class Texts {
        public static final String FIRST = "The";
        public static final String SECOND = " gate";
        public static final String THIRD = " is wide";
        public static final String LAST = " öpen 🌊.";
        public static final String ALL = FIRST + SECOND + THIRD + LAST;
        /** What has been sent at the point that the names call "mid text". */
        public static final String BEFORE_CUT = FIRST + SECOND + THIRD;

        static final String HTML =
                "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<h1>502 Bad Gateway</h1>\r\n</body></html>\r\n";

        private Texts() {}
    }

    private enum Cut {
        MIDDLE,
        CHARACTER,
        LAST_BYTE
    }

    private final String description;
    private final Place place;
    private final Optional<Answer> stream;
    private final Optional<Answer> unary;

    Fault(String description, Place place) {
        this.description = description;
        this.place = place;
        this.stream = Optional.empty();
        this.unary = Optional.empty();
    }

    Fault(String description, Answer both) {
        this(description, both, both());
    }

    Fault(String description, Answer stream, Function<SeenRequest, Script> unary) {
        this.description = description;
        this.place = Place.SCRIPT;
        this.stream = Optional.of(stream);
        if (unary == Kinds.BOTH) {
            this.unary = this.stream;
        } else {
            this.unary = unary == Kinds.NONE ? Optional.empty() : Optional.of(unary::apply);
        }
    }

    /** One sentence for the table. */
    public String description() {
        return description;
    }

    public Place place() {
        return place;
    }

    /** The model name under which {@link FaultyPlaces} and {@link #register} offer this fault. */
    public String model() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether the fault can happen to a stream (true) or to a single JSON answer (false). */
    public boolean appliesTo(boolean streaming) {
        return place != Place.SCRIPT || (streaming ? stream : unary).isPresent();
    }

    /** Whether HTTP/2 can express it: half a chunk or a body that ends with the connection exist on HTTP/1.1 only. */
    public boolean appliesToHttp2() {
        return this != HALF_CHUNK && this != UNTIL_CLOSE;
    }

    @Override
    public Script to(SeenRequest request) {
        return (request.stream() ? stream : unary)
                .orElseThrow(() -> new IllegalStateException(this + " does not happen to this kind of request"))
                .to(request);
    }

    /** Makes every scripted fault available under its model name. */
    public static ProviderSimulator register(ProviderSimulator simulator) {
        Arrays.stream(values()).filter(f -> f.place == Place.SCRIPT).forEach(f -> simulator.when(f.model(), f));
        return simulator;
    }

    private static final class Kinds {
        static final Function<SeenRequest, Script> BOTH = r -> {
            throw new IllegalStateException();
        };
        static final Function<SeenRequest, Script> NONE = r -> {
            throw new IllegalStateException();
        };
    }

    /** The unary form is the same script. */
    private static Function<SeenRequest, Script> both() {
        return Kinds.BOTH;
    }

    /** There is no unary form. */
    private static Function<SeenRequest, Script> none() {
        return Kinds.NONE;
    }

    private static Answer status(int status, String type, String message, String code) {
        return r -> Answers.error(status, type, message, code);
    }

    private static ChatEvents events(SeenRequest r) {
        return ChatEvents.of(r);
    }

    private static Script.Builder preamble(SeenRequest r) {
        return head(r).send(events(r).role());
    }

    private static Script.Builder text(SeenRequest r) {
        ChatEvents e = events(r);
        return preamble(r)
                .send(e.content(Texts.FIRST))
                .send(e.content(Texts.SECOND))
                .send(e.content(Texts.THIRD));
    }

    private static Script.Builder halfEvent(SeenRequest r) {
        byte[] event = ChatEvents.utf8(events(r).content(Texts.LAST));
        return text(r).send(Arrays.copyOf(event, event.length / 2));
    }

    private static Script.Builder halfCharacter(SeenRequest r) {
        byte[] event = ChatEvents.utf8(events(r).content(Texts.LAST));
        return text(r).send(Arrays.copyOf(event, insideWave(event)));
    }

    private static Script.Builder toolCall(SeenRequest r) {
        ChatEvents e = events(r);
        return preamble(r)
                .send(e.toolStart(0, "call_9f2KxTq1", "get_weather"))
                .send(e.toolArguments(0, "{\"ci"))
                .send(e.toolArguments(0, "ty\":\"Zü"));
    }

    private static Script.Builder finished(SeenRequest r) {
        ChatEvents e = events(r);
        return text(r).send(e.content(Texts.LAST)).send(e.finish("stop"));
    }

    /** Everything that is missing from a good end: last text, finish reason, usage if asked for, marker. */
    private static Script.Builder ended(SeenRequest r, Script.Builder script) {
        ChatEvents e = events(r);
        return script.send(e.content(Texts.LAST))
                .send(e.finish("stop"))
                .send(usage(r))
                .send(e.done());
    }

    private static String usage(SeenRequest r) {
        return r.wantsUsage() ? events(r).usageOf(4) : "";
    }

    private static String whole(SeenRequest r) {
        return new String(ended(r, text(r)).build().payload(), StandardCharsets.UTF_8);
    }

    private static String withComments(String stream) {
        return ": processing\n\n"
                + stream.replace("data: ", ": inside\ndata: ").replace("\n\n", "\n: tail\n\n: between\n\n");
    }

    private static Script.Builder jsonHead(SeenRequest r) {
        return Script.status(200)
                .header("content-type", "application/json")
                .contentLength(events(r).unary(Texts.ALL, 4, true).getBytes(StandardCharsets.UTF_8).length)
                .head();
    }

    private static Script.Builder part(SeenRequest r, Cut cut) {
        return jsonHead(r).send(partBytes(r, cut));
    }

    private static byte[] partBytes(SeenRequest r, Cut cut) {
        byte[] whole = ChatEvents.utf8(events(r).unary(Texts.ALL, 4, true));
        return Arrays.copyOf(
                whole,
                switch (cut) {
                    case MIDDLE -> whole.length / 2;
                    case CHARACTER -> insideWave(whole);
                    // the closing brace; the line feed after it belongs to nobody
                    case LAST_BYTE -> whole.length - 2;
                });
    }

    /** The offset two bytes into the four-byte character. */
    private static int insideWave(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if ((bytes[i] & 0xF8) == 0xF0) {
                return i + 2;
            }
        }
        throw new IllegalStateException("no four-byte character");
    }

    /** Offsets for a large payload: a server that writes it as a whole would notice the end of its peer late. */
    private static int[] everyKibibytes(int step, int total) {
        return IntStream.rangeClosed(1, total / step).map(i -> i * step << 10).toArray();
    }
}
