// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.accounting.SettlementListener;
import dev.penstock.accounting.SettlementListeners;
import dev.penstock.config.TelemetryConfig;
import dev.penstock.config.TelemetryConfig.Otlp;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.telemetry.Alerts;
import dev.penstock.telemetry.Metrics;
import dev.penstock.telemetry.OtlpExport;
import dev.penstock.telemetry.OtlpMetrics;
import dev.penstock.telemetry.RequestLog;
import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** What is told of each exchange after its end, and to whom: meters, the request log, traces, alerts. */
final class Observed implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(Observed.class);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final Metrics metrics;
    private final Alerts alerts;
    private final @Nullable RequestLog log;
    private final @Nullable OtlpExport traces;
    private final @Nullable OtlpMetrics sent;
    private final List<OtlpSender> senders = new ArrayList<>();
    private final boolean on;

    /** @param on whether anything is told; a benchmark wants to know what it costs */
    Observed(
            TelemetryConfig config,
            boolean on,
            OutputStream requestLog,
            Vertx vertx,
            Ticker ticker,
            Metrics metrics,
            Alerts alerts) {
        this.on = on;
        this.metrics = metrics;
        this.alerts = alerts;
        metrics.use(config.metrics());
        boolean logged = on && config.logs() == TelemetryConfig.Logs.ECS;
        log = logged ? RequestLog.to(requestLog, Version.number(), Version.node()) : null;
        EventLoop loop = ((VertxInternal) vertx).nettyEventLoopGroup().next();
        Timers timers = new VertxTimers(loop);
        Executor worker = task -> vertx.executeBlocking(
                () -> {
                    task.run();
                    return null;
                },
                false);
        Otlp spans = config.traces().otlp();
        traces = !on || spans == null
                ? null
                : new OtlpExport(
                        metrics, Version.number(), Version.node(), sender(vertx, spans, "/v1/traces"), worker, timers);
        Otlp figures = config.metrics().otlp();
        sent = !on || figures == null
                ? null
                : new OtlpMetrics(
                        metrics,
                        Version.number(),
                        Version.node(),
                        sender(vertx, figures, "/v1/metrics"),
                        worker,
                        timers,
                        ticker,
                        config.metrics().every());
    }

    private OtlpSender sender(Vertx vertx, Otlp to, String path) {
        OtlpSender sender = new OtlpSender(vertx, to, path);
        senders.add(sender);
        return sender;
    }

    /**
     * Who hears of each settled exchange, in order.
     *
     * @param last after all that is told
     */
    SettlementListener settlements(List<SettlementListener> last) {
        if (!on) {
            return settled -> {};
        }
        List<SettlementListener> all = new ArrayList<>();
        all.add(metrics);
        if (log != null) {
            all.add(log);
        }
        if (traces != null) {
            all.add(traces);
        }
        all.add(alerts);
        all.addAll(last);
        return new SettlementListeners(
                all,
                (listener, bug) -> LOG.error(
                        "settlement listener failed: {}", listener.getClass().getSimpleName(), bug));
    }

    /** From now on what is to be sent is sent. */
    void start() {
        if (log != null) {
            metrics.counter(
                    "penstock_request_log_dropped_total",
                    "Lines of the request log that were not written.",
                    log::dropped);
        }
        if (traces != null) {
            metrics.counter(
                    "penstock_traces_sent_total", "Exchanges whose spans the receiver of traces took.", traces::sent);
            metrics.counter("penstock_traces_dropped_total", "Exchanges whose spans were not sent.", traces::dropped);
            traces.start();
        }
        if (sent != null) {
            metrics.counter(
                    "penstock_metrics_export_failures_total",
                    "Readings of the metrics that their receiver did not take.",
                    sent::failures);
            sent.start();
        }
    }

    /** Sends what waits, while there still are event loops. Blocks for two seconds at most. */
    void flush() {
        List<CompletableFuture<?>> rest = new ArrayList<>();
        if (traces != null) {
            traces.close();
            rest.add(traces.flush());
        }
        if (sent != null) {
            sent.close();
            rest.add(sent.flush());
        }
        try {
            CompletableFuture.allOf(rest.toArray(CompletableFuture[]::new))
                    .get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("telemetry: the last of it was not sent");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        senders.forEach(OtlpSender::close);
    }

    /** After the last exchange. Blocks for some seconds at most. */
    @Override
    public void close() {
        if (log != null) {
            log.close();
        }
    }
}
