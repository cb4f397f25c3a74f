// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Outcome;
import dev.penstock.kit.Fault;
import dev.penstock.kit.Fault.Texts;
import dev.penstock.kit.MatrixReport;

/**
 * What the stream contract promises for one fault on one surface, written down by hand: the suite compares what happens with
 * this table, and the documentation is printed from it.
 *
 * @param status what the client's status line says
 * @param code the error code that the client sees, or null when it sees none
 * @param error the kind that is settled and counted, or null
 * @param outcome of the exchange
 * @param text what of the answer's text reaches the client, or null when the answer is not text
 * @param end how the client's answer ends
 * @param usage where the numbers of tokens come from
 * @param upstream what the provider saw of the end
 * @param shortTimer the timer that has to fire; all others are far away
 */
record FaultExpectation(
        int status,
        String code,
        Kind error,
        Outcome outcome,
        String text,
        End end,
        Usage usage,
        Upstream upstream,
        Timer shortTimer) {

    /** How the answer ends for the client. */
    enum End {
        /** An HTTP error: nothing was committed. */
        HTTP_ERROR,
        /** Status 200, then an error event, no terminal marker, and the connection ends. */
        ERROR_EVENT,
        /** Everything that the provider sent, and its terminal marker once. */
        COMPLETE,
        /** Everything that the provider sent; it ended well without a terminal marker, and none is made up. */
        COMPLETE_WITHOUT_MARKER
    }

    /** Where token counts come from. */
    enum Usage {
        REPORTED,
        ESTIMATED,
        NONE
    }

    /** What the provider saw. */
    enum Upstream {
        NOTHING("no request"),
        COMPLETED("its answer taken to the end"),
        CUT("its own cut"),
        CANCELLED("a cancel"),
        /** Whether the rest was sent before the cancel arrived is a matter of microseconds. */
        CANCELLED_OR_COMPLETED("a cancel, unless it had sent everything");

        private final String words;

        Upstream(String words) {
            this.words = words;
        }
    }

    /** The timers of the contract. */
    enum Timer {
        NONE(""),
        CONNECT("connect: 300ms"),
        FIRST_TOKEN("first_token: 400ms"),
        IDLE("idle: 400ms"),
        /** Idle is shorter than the pauses would allow, were comments no sign of life. */
        FIRST_TOKEN_OVER_COMMENTS("first_token: 900ms, idle: 600ms"),
        TOTAL("total: 1200ms, connect: 1s, first_token: 1s, idle: 1s");

        private final String yaml;

        Timer(String yaml) {
            this.yaml = yaml;
        }

        String yaml() {
            return yaml;
        }
    }

    static FaultExpectation of(Fault fault, boolean stream) {
        return stream ? ofStream(fault) : ofUnary(fault);
    }

    private static FaultExpectation ofStream(Fault fault) {
        return switch (fault) {
            case ACCEPTED_THEN_SILENT, HEAD_THEN_SILENT, STALL_BEFORE_FIRST_TOKEN ->
                refused(504, Kind.FIRST_TOKEN_TIMEOUT, Upstream.CANCELLED).on(Timer.FIRST_TOKEN);
            case KEEP_ALIVES_ONLY ->
                refused(504, Kind.FIRST_TOKEN_TIMEOUT, Upstream.CANCELLED).on(Timer.FIRST_TOKEN_OVER_COMMENTS);
            case HTML_OK_PAGE, UNARY_INSTEAD_OF_STREAM -> refused(502, Kind.INVALID_UPSTREAM, Upstream.COMPLETED);
            case OK_WITH_ERROR_IN_SSE -> refused(502, Kind.PROVIDER_ERROR, Upstream.CANCELLED_OR_COMPLETED);
            case EMPTY_STREAM, EOF_BEFORE_FIRST_TOKEN -> refused(502, Kind.TRUNCATED, Upstream.CANCELLED_OR_COMPLETED);
            case ERROR_EVENT_MID_STREAM, ERROR_THEN_MARKER ->
                broken(Kind.PROVIDER_ERROR, Texts.BEFORE_CUT, Upstream.CANCELLED_OR_COMPLETED);
            case CUT_BEFORE_FIRST_TOKEN, RST_BEFORE_FIRST_TOKEN -> refused(502, Kind.TRUNCATED, Upstream.CUT);
            case CUT_MID_TEXT, CUT_IN_EVENT, CUT_IN_CHARACTER, HALF_CHUNK, LENGTH_TOO_LONG, RST_MID_TEXT ->
                broken(Kind.TRUNCATED, Texts.BEFORE_CUT, Upstream.CUT);
            case CUT_IN_TOOL_CALL, RST_IN_TOOL_CALL -> broken(Kind.TRUNCATED, null, Upstream.CUT);
            case CUT_AFTER_FINISH, RST_AFTER_FINISH -> broken(Kind.TRUNCATED, Texts.ALL, Upstream.CUT);
            case EOF_MID_TEXT, EOF_IN_EVENT ->
                broken(Kind.TRUNCATED, Texts.BEFORE_CUT, Upstream.CANCELLED_OR_COMPLETED);
            case EOF_AFTER_FINISH ->
                complete(Usage.ESTIMATED, Upstream.COMPLETED).ending(End.COMPLETE_WITHOUT_MARKER);
            case STALL_MID_TEXT, STALL_IN_CHARACTER ->
                broken(Kind.IDLE_TIMEOUT, Texts.BEFORE_CUT, Upstream.CANCELLED).on(Timer.IDLE);
            case STALL_IN_TOOL_CALL ->
                broken(Kind.IDLE_TIMEOUT, null, Upstream.CANCELLED).on(Timer.IDLE);
            case STALL_AFTER_FINISH ->
                broken(Kind.IDLE_TIMEOUT, Texts.ALL, Upstream.CANCELLED).on(Timer.IDLE);
            case STALL_AFTER_MARKER -> complete(Usage.REPORTED, Upstream.CANCELLED);
            case MALFORMED_JSON -> broken(Kind.INVALID_UPSTREAM, Texts.BEFORE_CUT, Upstream.CANCELLED_OR_COMPLETED);
            case GIANT_EVENT -> refused(502, Kind.RESPONSE_TOO_LARGE, Upstream.CANCELLED_OR_COMPLETED);
            case MISSING_USAGE -> complete(Usage.ESTIMATED, Upstream.COMPLETED);
            case UNKNOWN_EVENT,
                    DUPLICATE_MARKER,
                    DATA_AFTER_MARKER,
                    CRLF,
                    COMMENTS_EVERYWHERE,
                    ONE_BYTE_PER_SEGMENT,
                    WHOLE_IN_ONE_SEGMENT,
                    UNTIL_CLOSE,
                    NONE -> complete(Usage.REPORTED, Upstream.COMPLETED);
            default -> ofBoth(fault);
        };
    }

    private static FaultExpectation ofUnary(Fault fault) {
        return switch (fault) {
            // A model may think for minutes before the head of a whole answer: only the total time is limited.
            case ACCEPTED_THEN_SILENT ->
                refused(504, Kind.TOTAL_TIMEOUT, Upstream.CANCELLED).on(Timer.TOTAL);
            case HEAD_THEN_SILENT, STALL_MID_TEXT, STALL_IN_CHARACTER, STALL_AFTER_FINISH ->
                refused(504, Kind.IDLE_TIMEOUT, Upstream.CANCELLED).on(Timer.IDLE);
            case CUT_BEFORE_FIRST_TOKEN,
                    CUT_MID_TEXT,
                    CUT_IN_CHARACTER,
                    CUT_AFTER_FINISH,
                    LENGTH_TOO_LONG,
                    RST_BEFORE_FIRST_TOKEN,
                    RST_MID_TEXT -> refused(502, Kind.TRUNCATED, Upstream.CUT);
            case HTML_OK_PAGE, EOF_MID_TEXT, MALFORMED_JSON -> refused(502, Kind.INVALID_UPSTREAM, Upstream.COMPLETED);
            case MISSING_USAGE -> complete(Usage.ESTIMATED, Upstream.COMPLETED);
            case COMMENTS_EVERYWHERE, ONE_BYTE_PER_SEGMENT, WHOLE_IN_ONE_SEGMENT, UNTIL_CLOSE, NONE ->
                complete(Usage.REPORTED, Upstream.COMPLETED);
            default -> ofBoth(fault);
        };
    }

    /** What is decided before the surface matters. */
    private static FaultExpectation ofBoth(Fault fault) {
        return switch (fault) {
            case CONNECT_REFUSED, TLS_FAILURE -> refused(502, Kind.CONNECT_FAILED, Upstream.NOTHING);
            case SYN_BLACK_HOLE ->
                refused(504, Kind.CONNECT_TIMEOUT, Upstream.NOTHING).on(Timer.CONNECT);
            case RST_BEFORE_HEAD, CLOSED_BEFORE_HEAD -> refused(502, Kind.TRUNCATED, Upstream.CUT);
            case STATUS_400 -> said(400, "invalid_value");
            case STATUS_400_CONTEXT -> said(400, "context_length_exceeded");
            case STATUS_401, STATUS_403 -> said(502, "provider_auth");
            case STATUS_404 -> said(404, "model_not_found");
            case STATUS_408 -> said(504, null);
            case STATUS_409, STATUS_502, HTML_ERROR_PAGE -> said(502, null);
            case STATUS_413 -> said(413, null);
            case STATUS_422 -> said(422, null);
            case RATE_LIMITED, RATE_LIMITED_RETRY_AFTER, IMPOSSIBLE_LIMIT -> said(429, "rate_limit_exceeded");
            case QUOTA_EXHAUSTED -> said(429, "insufficient_quota");
            case STATUS_500 -> said(500, null);
            case STATUS_503 -> said(503, "slow_down");
            case STATUS_529 -> said(503, null);
            case OK_WITH_ERROR_BODY -> said(502, "server_error");
            case REDIRECT -> refused(502, Kind.INVALID_UPSTREAM, Upstream.COMPLETED);
            default -> throw new AssertionError("nobody has said what the contract promises for " + fault);
        };
    }

    private static FaultExpectation refused(int status, Kind error, Upstream upstream) {
        return new FaultExpectation(
                status, error.label(), error, outcome(error), "", End.HTTP_ERROR, Usage.NONE, upstream, Timer.NONE);
    }

    /** An error of the provider's own, before commit. 400, 404, 413 and 422 are about what the caller sent. */
    private static FaultExpectation said(int status, String code) {
        boolean callers = status == 400 || status == 404 || status == 413 || status == 422;
        return new FaultExpectation(
                status,
                code == null ? "provider_error" : code,
                Kind.PROVIDER_ERROR,
                callers ? Outcome.CLIENT_ERROR : Outcome.UPSTREAM_ERROR,
                "",
                End.HTTP_ERROR,
                Usage.NONE,
                Upstream.COMPLETED,
                Timer.NONE);
    }

    private static FaultExpectation broken(Kind error, String text, Upstream upstream) {
        return new FaultExpectation(
                200,
                error.label(),
                error,
                outcome(error),
                text,
                End.ERROR_EVENT,
                Usage.ESTIMATED,
                upstream,
                Timer.NONE);
    }

    private static FaultExpectation complete(Usage usage, Upstream upstream) {
        return new FaultExpectation(200, null, null, Outcome.OK, Texts.ALL, End.COMPLETE, usage, upstream, Timer.NONE);
    }

    private static Outcome outcome(Kind error) {
        return switch (error) {
            case TRUNCATED -> Outcome.TRUNCATED;
            case CONNECT_TIMEOUT, FIRST_TOKEN_TIMEOUT, IDLE_TIMEOUT, TOTAL_TIMEOUT -> Outcome.TIMEOUT;
            default -> Outcome.UPSTREAM_ERROR;
        };
    }

    private FaultExpectation on(Timer timer) {
        return new FaultExpectation(status, code, error, outcome, text, end, usage, upstream, timer);
    }

    private FaultExpectation ending(End how) {
        return new FaultExpectation(status, code, error, outcome, text, how, usage, upstream, shortTimer);
    }

    MatrixReport.Row row(int order, String fault, String surface) {
        return new MatrixReport.Row(order, fault, surface, clientSees(surface), settlement(), metric(), upstream.words);
    }

    private String clientSees(String surface) {
        return switch (end) {
            case HTTP_ERROR -> "status " + status + ", code `" + code + "`";
            case ERROR_EVENT ->
                "200, what came before, an error event with code `" + code + "`, no `[DONE]`, end of the connection";
            case COMPLETE ->
                surface.equals("stream") ? "200, the provider's bytes, `[DONE]` once" : "200, the provider's bytes";
            case COMPLETE_WITHOUT_MARKER -> "200, the provider's bytes, which have no `[DONE]`";
        };
    }

    private String settlement() {
        String tokens =
                switch (usage) {
                    case REPORTED -> ", usage reported";
                    case ESTIMATED -> ", usage estimated";
                    case NONE -> "";
                };
        return "`" + outcome.label() + "`" + (error == null ? "" : ", error `" + error.label() + "`") + tokens;
    }

    private String metric() {
        return "`requests{outcome=\"" + outcome.label() + "\"}`"
                + (error == null ? "" : ", `errors{kind=\"" + error.label() + "\"}`");
    }
}
