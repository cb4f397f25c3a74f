// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.auth.Authenticator;
import dev.penstock.auth.Verdict;
import dev.penstock.config.ServerConfig;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.Right;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.exchange.TraceContext;
import dev.penstock.exchange.Transcript;
import dev.penstock.exchange.Transcripts;
import dev.penstock.pipeline.Arrival;
import dev.penstock.pipeline.CallTerms;
import dev.penstock.pipeline.Exchange;
import dev.penstock.pipeline.ExchangePipeline;
import dev.penstock.pipeline.ModelGate;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A path on which models are called, in one schema. Begins an exchange at the head, lets the edge checks and the load speak,
 * collects the body and hands over. From its first line on, every way out of here goes through the exchange, so each request is settled once.
 */
final class CallEndpoint {

    private final ApiSchema schema;
    private final Right needs;
    private final Authenticator auth;
    private final ExchangePipeline pipeline;
    private final ModelCatalog models;
    private final RequestIds ids;
    private final BodyBudget budget;
    private final LoadCheck load;
    private final EdgeListener listener;
    private final LastByte lastByte;
    private final Transcripts transcripts;
    private final TraceStart traces;
    private final Timers timers;
    private final Ticker ticker;

    CallEndpoint(
            ApiSchema schema,
            Right needs,
            Authenticator auth,
            ExchangePipeline pipeline,
            ModelCatalog models,
            RequestIds ids,
            BodyBudget budget,
            LoadCheck load,
            EdgeListener listener,
            LastByte lastByte,
            Transcripts transcripts,
            TraceStart traces,
            Timers timers,
            Ticker ticker) {
        this.schema = schema;
        this.needs = needs;
        this.auth = auth;
        this.pipeline = pipeline;
        this.models = models;
        this.ids = ids;
        this.budget = budget;
        this.load = load;
        this.listener = listener;
        this.lastByte = lastByte;
        this.transcripts = transcripts;
        this.traces = traces;
        this.timers = timers;
        this.ticker = ticker;
    }

    void handle(HttpServerRequest request, Edge edge) {
        long begun = traces.isOn() ? ticker.nanos() : 0;
        Verdict verdict = KeyFields.authenticate(
                auth, edge.key(), edge.addresses(), request, needs, later -> admit(request, edge, later, true, begun));
        if (verdict != null) {
            admit(request, edge, verdict, false, begun);
            return;
        }
        // Who leaves meanwhile is noticed when the verdict is there; then there is an exchange that can end.
        request.pause();
        request.exceptionHandler(broken -> {});
        request.response().exceptionHandler(gone -> {});
    }

    /**
     * @param waited whether the request was paused for the verdict
     * @param begun when the verdict was asked for, where spans are made
     */
    private void admit(HttpServerRequest request, Edge edge, Verdict verdict, boolean waited, long begun) {
        UUID uuid = ids.unique();
        String id = ids.of(request.getHeader("x-request-id"), uuid);
        Identity who = who(verdict);
        Transcript transcript = transcripts.begin(who, uuid);
        ClientStream client = new ClientStream(request, schema, edge.cors(), id, uuid, lastByte, transcript);
        TraceContext trace = traces.begin(request.getHeader("traceparent"), uuid);
        CallTerms terms = CallTerms.NONE;
        GatewayError unclear = null;
        try {
            terms = TermsReader.read(request.headers());
        } catch (GatewayError refused) {
            unclear = refused;
        }
        GatewayError forbidden = featureRefused(verdict, terms);
        if (forbidden != null) {
            listener.onCallerRefused(String.valueOf(forbidden.code()));
        }
        Exchange exchange = pipeline.begin(
                new Arrival(
                        schema,
                        uuid,
                        id,
                        trace,
                        forbidden == null ? terms : terms.withoutFeature(),
                        who,
                        edge.addresses().of(request),
                        allowed(verdict),
                        traces.isOn() ? ticker.nanos() - begun : -1),
                client);
        HttpServerResponse response = request.response();
        response.closeHandler(closed -> {
            // HTTP/2 reports the close of a stream after an orderly end as well.
            if (!response.ended()) {
                exchange.clientGone();
            }
        });
        // Vert.x reports the departure here as well; without a handler it would be logged as unhandled.
        response.exceptionHandler(gone -> {});
        if (response.closed()) {
            exchange.clientGone();
            return;
        }
        ServerConfig config = edge.config();
        GatewayError refused = check(request, verdict);
        if (refused == null) {
            refused = unclear != null ? unclear : forbidden;
        }
        if (refused != null) {
            exchange.end(refused);
            if (waited) {
                request.resume();
            }
            return;
        }
        GatewayError noRoom = load.refusal(terms.priority() == null ? Priority.INTERACTIVE : terms.priority());
        if (noRoom != null) {
            TurnedAway.afterItsBody(request, timers, () -> exchange.end(noRoom));
            return;
        }
        BodyCollector.collect(
                request,
                config.maxBodyBytes(),
                config.bodyTimeout(),
                config.minBodyRate(),
                timers,
                ticker,
                budget,
                body -> {
                    if (transcript != null) {
                        transcript.asked(body);
                    }
                    exchange.onSettled(() -> budget.release(body.length));
                    exchange.run(body, UpstreamHeaders.of(request.headers(), false));
                },
                exchange::end);
    }

    /** Why the caller may not name its feature; of who may not call at all nothing is counted there either. */
    private static @Nullable GatewayError featureRefused(Verdict verdict, CallTerms terms) {
        return switch (verdict) {
            case Verdict.Refused refused -> refused.error();
            case Verdict.Allowed allowed
            when terms.feature().isEmpty() || allowed.grant().mayUseFeature(terms.feature()) -> null;
            case Verdict.Allowed allowed ->
                GatewayError.builder(GatewayError.Kind.FORBIDDEN, "The key may not use this feature.")
                        .param(TermsReader.FEATURE)
                        .code("feature_not_allowed")
                        .hint("Use a key whose role names it under features, or leave the header field out.")
                        .build();
        };
    }

    private static Identity who(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Allowed allowed -> allowed.who();
            case Verdict.Refused refused -> Identity.NONE;
        };
    }

    private ModelGate allowed(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Allowed allowed -> AllowedModels.of(allowed.grant(), models);
            case Verdict.Refused refused -> ModelGate.ALL;
        };
    }

    private static @Nullable GatewayError check(HttpServerRequest request, Verdict verdict) {
        GatewayError odd = RequestChecks.check(request);
        if (odd != null) {
            return odd;
        }
        GatewayError loop = UpstreamHeaders.loop(request.headers());
        if (loop != null) {
            return loop;
        }
        return switch (verdict) {
            case Verdict.Allowed allowed -> null;
            case Verdict.Refused refused -> refused.error();
        };
    }
}
