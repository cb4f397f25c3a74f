// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.AlertControl;
import dev.penstock.alert.AlertSignals;
import dev.penstock.alert.Alerting;
import dev.penstock.alert.AlertingListener;
import dev.penstock.alert.Notice;
import dev.penstock.config.AlertRule.Severity;
import dev.penstock.config.AlertsConfig;
import dev.penstock.exchange.ChangeLog;
import dev.penstock.exchange.Ticker;
import dev.penstock.sidecall.SideCalls;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;

/** The alerts of this node on an event loop of their own turn, for the gateway and the admin API. */
final class AlertDesk implements AlertControl, AutoCloseable {

    private final ContextInternal loop;
    private final Alerting alerting;
    private final SideCalls calls;
    private final ChangeLog changes;
    private volatile AlertsConfig config;

    AlertDesk(
            Vertx vertx,
            AlertsConfig config,
            AlertSignals signals,
            Ticker ticker,
            String node,
            AlertingListener listener,
            ChangeLog changes) {
        EventLoop eventLoop = ((VertxInternal) vertx).nettyEventLoopGroup().next();
        this.loop = ((VertxInternal) vertx)
                .contextBuilder()
                .withEventLoop(eventLoop)
                .build();
        this.calls = SideCalls.over(vertx);
        this.config = config;
        this.changes = changes;
        this.alerting = new Alerting(config, signals, calls, ticker, new VertxTimers(eventLoop), node, listener);
    }

    void start() {
        loop.runOnContext(go -> alerting.start());
    }

    void use(AlertsConfig next) {
        config = next;
        loop.runOnContext(go -> alerting.use(next));
    }

    @Override
    public Future<JsonObject> list() {
        AlertsConfig now = config;
        return onLoop(() -> {
            JsonArray on = new JsonArray();
            alerting.on().forEach(notice -> on.add(json(notice)));
            JsonArray receivers = new JsonArray();
            now.to().forEach(receiver -> {
                JsonArray severities = new JsonArray();
                receiver.severities().stream().sorted().map(Severity::label).forEach(severities::add);
                receivers.add(
                        new JsonObject().put("type", receiver.type().label()).put("severities", severities));
            });
            JsonArray rules = new JsonArray();
            now.rules()
                    .forEach(rule -> rules.add(new JsonObject()
                            .put("name", rule.name())
                            .put("when", rule.when().toString())
                            .put("severity", rule.severity().label())));
            return Future.succeededFuture(new JsonObject()
                    .put("on", on)
                    .put("waiting", alerting.waiting())
                    .put("to", receivers)
                    .put("rules", rules));
        });
    }

    private static JsonObject json(Notice notice) {
        return new JsonObject()
                .put("rule", notice.rule())
                .put("severity", notice.severity().label())
                .put("subject", notice.subject())
                .put("summary", notice.summary())
                .put("since", notice.began().toString());
    }

    @Override
    public Future<JsonObject> test(String actor) {
        changes.changed(new ChangeLog.Change(actor, "alerts", "", "a test was sent"));
        return onLoop(() -> alerting.test().map(tested -> {
            JsonArray results = new JsonArray();
            tested.forEach(one -> results.add(new JsonObject()
                    .put("type", one.type().label())
                    .put("ok", one.ok())
                    .put("detail", one.detail())));
            return new JsonObject().put("results", results);
        }));
    }

    private <T> Future<T> onLoop(Supplier<Future<T>> task) {
        Promise<T> done = Promise.promise();
        loop.runOnContext(go -> {
            try {
                task.get().onComplete(done);
            } catch (RuntimeException e) {
                done.fail(e);
            }
        });
        return done.future();
    }

    @Override
    public void close() {
        loop.runOnContext(go -> {
            alerting.close();
            calls.close();
        });
    }
}
