// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Outcome;
import dev.penstock.kit.MatrixReport;

/**
 * What a client, or the network, can do to an exchange, with what the contract promises for it: the rows of the matrix that
 * are not the provider's fault. {@link ClientFaultMatrixTest} proves each of them; the documentation is printed from here.
 */
enum ClientFault {
    LEAVES_BEFORE_THE_HEAD(
            "leaves while the provider is silent",
            "stream, unary",
            "nothing more",
            Outcome.CANCELLED,
            Kind.CLIENT_GONE,
            cancel()),
    LEAVES_BEFORE_THE_FIRST_TOKEN(
            "leaves after the provider's head, before the first token",
            "stream, unary",
            "nothing more",
            Outcome.CANCELLED,
            Kind.CLIENT_GONE,
            cancel()),
    LEAVES_IN_MID_STREAM(
            "leaves while tokens flow", "stream", "nothing more", Outcome.CANCELLED, Kind.CLIENT_GONE, cancel()),
    LEAVES_WHILE_NOTHING_FLOWS(
            "leaves between two tokens, while nothing flows",
            "stream, unary",
            "nothing more",
            Outcome.CANCELLED,
            Kind.CLIENT_GONE,
            cancel()),
    LEAVES_AND_THE_REST_IS_DRAINED(
            "leaves, and the model says `on_disconnect: drain`",
            "stream, unary",
            "nothing more",
            Outcome.CANCELLED,
            null,
            "its answer taken to the end; usage as reported"),
    LEAVES_IN_ITS_BODY(
            "leaves in the middle of its own request",
            "stream, unary",
            "nothing",
            Outcome.CANCELLED,
            Kind.CLIENT_GONE,
            "no request"),
    STALLS_IN_ITS_BODY(
            "stops sending in the middle of its own request",
            "stream, unary",
            "status 408, code `request_timeout`",
            Outcome.CLIENT_ERROR,
            Kind.REQUEST_TIMEOUT,
            "no request"),
    SENDS_TOO_LARGE_A_BODY(
            "sends a body larger than `max_body`, announced or not",
            "stream, unary",
            "status 413, code `body_too_large`",
            Outcome.CLIENT_ERROR,
            Kind.BODY_TOO_LARGE,
            "no request"),
    SENDS_TOO_LARGE_A_HEAD(
            "sends a head larger than `max_headers`", "HTTP/1.1", "status 431", null, null, "no request"),
    READS_NOTHING(
            "reads nothing for longer than `write_stall`",
            "stream",
            "the connection closed (the stream reset, on HTTP/2)",
            Outcome.CANCELLED,
            Kind.SLOW_READER,
            "a pause, then a cancel"),
    READS_SLOWLY(
            "reads slowly",
            "stream",
            "200, the provider's bytes, `[DONE]` once",
            Outcome.OK,
            null,
            "a pause, then the rest is taken"),
    IS_CUT_BY_THE_DRAIN(
            "is still reading when the drain ends",
            "stream",
            "200, what came before, an error event with code `gateway_shutdown`, no `[DONE]`, end of the connection",
            Outcome.TRUNCATED,
            Kind.DRAINING,
            cancel()),
    FINISHES_WITHIN_THE_DRAIN(
            "finishes while the gateway drains",
            "stream",
            "200, the provider's bytes, `[DONE]` once",
            Outcome.OK,
            null,
            completed()),
    WAITS_FOR_A_SILENT_PROVIDER(
            "waits for a provider that pauses between and inside events",
            "stream",
            "200, a comment every `keep_alive`, never inside an event",
            Outcome.OK,
            null,
            completed()),
    WAITS_WITH_EARLY_COMMIT(
            "waits for the first token of a model with `early_commit`",
            "stream",
            "200 at once, a comment every `keep_alive`",
            Outcome.OK,
            null,
            completed()),
    IS_REFUSED_AFTER_EARLY_COMMIT(
            "is refused by the provider after `early_commit`",
            "stream",
            "200 at once, an error event, no `[DONE]`, end of the connection",
            Outcome.UPSTREAM_ERROR,
            Kind.PROVIDER_ERROR,
            completed()),
    GETS_TOO_LARGE_AN_ANSWER(
            "gets an answer larger than `max_response`",
            "stream, unary",
            "stream: 200, what came before, an error event with code `response_too_large`; unary: status 502",
            Outcome.UPSTREAM_ERROR,
            Kind.RESPONSE_TOO_LARGE,
            cancel()),
    GETS_TOO_LARGE_AN_EVENT(
            "gets an event larger than `max_event`",
            "stream",
            "200, what came before, an error event with code `response_too_large`, no `[DONE]`",
            Outcome.UPSTREAM_ERROR,
            Kind.RESPONSE_TOO_LARGE,
            "a cancel, unless it had sent everything"),
    NETWORK_IS_SLOW(
            "network to the provider: latency and jitter, little bandwidth, slices of 7 bytes, a slow close",
            "stream, unary",
            "200, the provider's bytes",
            Outcome.OK,
            null,
            completed()),
    NETWORK_BREAKS(
            "network to the provider: RST or FIN after some bytes of the answer",
            "stream",
            "200, what came before, an error event with code `truncated`, no `[DONE]`",
            Outcome.TRUNCATED,
            Kind.TRUNCATED,
            "a broken connection"),
    NETWORK_SWALLOWS(
            "network to the provider: a black hole in mid-stream, or a peer that vanishes",
            "stream",
            "200, what came before, an error event with code `idle_timeout`, no `[DONE]`",
            Outcome.TIMEOUT,
            Kind.IDLE_TIMEOUT,
            "a cancel, as soon as the network lets it through");

    private final String description;
    private final String surface;
    private final String clientSees;
    private final Outcome outcome;
    private final Kind error;
    private final String upstream;

    ClientFault(String description, String surface, String clientSees, Outcome outcome, Kind error, String upstream) {
        this.description = description;
        this.surface = surface;
        this.clientSees = clientSees;
        this.outcome = outcome;
        this.error = error;
        this.upstream = upstream;
    }

    private static String cancel() {
        return "a cancel within a turn of the event loop";
    }

    private static String completed() {
        return "its answer taken to the end";
    }

    /** The label of the outcome, or null where no exchange begins. */
    String outcome() {
        return outcome == null ? null : outcome.label();
    }

    /** The label of the error, or null. */
    String error() {
        return error == null ? null : error.label();
    }

    MatrixReport.Row row() {
        return new MatrixReport.Row(ordinal(), description, surface, clientSees, settlement(), metric(), upstream);
    }

    private String settlement() {
        if (outcome == null) {
            return "none: no exchange began";
        }
        return "`" + outcome() + "`" + (error == null ? "" : ", error `" + error() + "`");
    }

    private String metric() {
        if (outcome == null) {
            return "`edge_refusals{status=\"431\"}`";
        }
        return "`requests{outcome=\"" + outcome() + "\"}`"
                + (error == null ? "" : ", `errors{kind=\"" + error() + "\"}`");
    }
}
