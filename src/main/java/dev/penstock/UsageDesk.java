// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.UsageReport;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.Ticker;
import dev.penstock.ingress.OwnUsage;
import dev.penstock.ledger.CallContent;
import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.ledger.QueryRefused;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageRow;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Asks the ledger for those who run the gateway and for those who call it; each caller hears of itself only. */
final class UsageDesk implements UsageReport, OwnUsage {

    private static final Logger LOG = LogManager.getLogger(UsageDesk.class);
    private static final String JSON = "application/json";
    private static final String CSV = "text/csv; charset=utf-8; header=present";
    private static final int LONGEST_NAME = 128;

    private final LedgerStore ledger;
    private final Ticker ticker;

    UsageDesk(LedgerStore ledger, Ticker ticker) {
        this.ledger = ledger;
        this.ticker = ticker;
    }

    @Override
    public Future<UsageReport.Answer> usage(MultiMap query, @Nullable String accept) {
        return orRefused(() -> {
            boolean csv = UsageQuestion.isCsv(query, accept);
            return page(query, Map.of()).compose(page -> aside(() -> body(page, csv))
                    .map(body -> new UsageReport.Answer(csv ? CSV : JSON, body, page.next())));
        });
    }

    @Override
    public Future<OwnUsage.Answer> usage(Identity who, MultiMap query, @Nullable String accept) {
        return orRefused(() -> {
            boolean csv = UsageQuestion.isCsv(query, accept);
            return page(query, own(who)).compose(page -> aside(() -> body(page, csv))
                    .map(body -> new OwnUsage.Answer(csv ? CSV : JSON, body, page.next())));
        });
    }

    /** What no question can get around. */
    private static Map<Dimension, String> own(Identity who) {
        if (!who.tenant().isEmpty()) {
            return Map.of(Dimension.TENANT, who.tenant());
        }
        if (who.keyId().isEmpty()) {
            throw GatewayError.builder(Kind.FORBIDDEN, "Only a caller with a key of its own has a usage of its own.")
                    .code("no_own_usage")
                    .hint("Use a key of a tenant, or ask the admin API.")
                    .build();
        }
        // Sessions of one issuer have the same name for their key, and differ in the person.
        return who.user().isEmpty()
                ? Map.of(Dimension.TENANT, "", Dimension.KEY, who.keyId())
                : Map.of(Dimension.TENANT, "", Dimension.KEY, who.keyId(), Dimension.USER, who.user());
    }

    private Future<UsagePage> page(MultiMap query, Map<Dimension, String> own) {
        UsageQuery asked = UsageQuestion.usage(query, ticker.now(), own);
        // One more than asked for tells whether there is another page.
        UsageQuery more = new UsageQuery(
                asked.from(), asked.to(), asked.step(), asked.by(), asked.where(), asked.after(), asked.limit() + 1);
        return answer(() -> ledger.usage(more)).map(rows -> {
            boolean last = rows.size() <= asked.limit();
            List<UsageRow> shown = last ? rows : rows.subList(0, asked.limit());
            return new UsagePage(
                    asked,
                    shown,
                    last
                            ? null
                            : UsageQuestion.next(
                                    asked.from(), asked.to(), shown.getLast().cursor()));
        });
    }

    /** Ten thousand rows are megabytes of text, and on an event loop streams would stand still while they are made. */
    private static <T> Future<T> aside(Supplier<T> making) {
        Context asker = Vertx.currentContext();
        return asker == null ? Future.succeededFuture(making.get()) : asker.executeBlocking(making::get, false);
    }

    private static String body(UsagePage page, boolean csv) {
        return csv ? page.csv() : page.json().encodePrettily() + "\n";
    }

    @Override
    public Future<String> exchanges(MultiMap query) {
        return orRefused(() -> {
            ExchangeQuery asked = UsageQuestion.exchanges(query, ticker.now());
            ExchangeQuery more =
                    new ExchangeQuery(asked.from(), asked.to(), asked.where(), asked.before(), asked.limit() + 1);
            return answer(() -> ledger.exchanges(more))
                    .compose(found -> aside(() -> exchanges(asked, found).encodePrettily() + "\n"));
        });
    }

    private static JsonObject exchanges(ExchangeQuery asked, List<LedgerEntry> found) {
        boolean last = found.size() <= asked.limit();
        List<LedgerEntry> shown = last ? found : found.subList(0, asked.limit());
        JsonArray all = new JsonArray();
        shown.forEach(entry -> all.add(ExchangeFacts.of(entry)));
        return new JsonObject()
                .put("from", asked.from().toString())
                .put("to", asked.to().toString())
                .put("exchanges", all)
                .put(
                        "next",
                        last
                                ? null
                                : UsageQuestion.next(
                                        asked.from(),
                                        asked.to(),
                                        shown.getLast().exchange().uuid().toString()));
    }

    @Override
    public Future<JsonObject> exchange(String name) {
        return find(name)
                .compose(found -> said(found).map(content -> story(found).put("content", content.isPresent())));
    }

    @Override
    public Future<JsonObject> content(String name) {
        return find(name).compose(found -> said(found)
                .compose(content -> content.map(said -> Future.succeededFuture(content(found.getFirst(), said)))
                        .orElseGet(() -> Future.failedFuture(notRecorded()))));
    }

    /** Those of this name, one at least. */
    private Future<List<LedgerEntry>> find(String name) {
        if (name.isEmpty() || name.length() > LONGEST_NAME) {
            return Future.failedFuture(notThere());
        }
        return answer(() -> ledger.find(name))
                .compose(found -> found.isEmpty() ? Future.failedFuture(notThere()) : Future.succeededFuture(found));
    }

    private Future<Optional<CallContent>> said(List<LedgerEntry> found) {
        UUID newest = found.getFirst().exchange().uuid();
        return answer(() -> ledger.content(newest));
    }

    private static JsonObject content(LedgerEntry entry, CallContent content) {
        return new JsonObject()
                .put("id", entry.exchange().uuid().toString())
                .put("request_id", entry.exchange().id())
                .put("tenant", entry.exchange().tenant())
                .put("expires", content.expires().toString())
                .put("request", side(content.request()))
                .put("answer", side(content.answer()));
    }

    private static JsonObject side(CallContent.Said said) {
        return new JsonObject()
                .put("text", said.text())
                .put("bytes", said.bytes())
                .put("cut", said.cut())
                .put("redacted", said.redacted());
    }

    private static GatewayError notRecorded() {
        return GatewayError.builder(Kind.NOT_FOUND, "What was said in this exchange is not recorded, or not any more.")
                .code("content_not_recorded")
                .hint("A tenant has it recorded by content in its entry of the configuration; before that nothing is.")
                .build();
    }

    /** The newest is told; that callers may have used the name before is said. */
    private static JsonObject story(List<LedgerEntry> found) {
        LedgerEntry newest = found.getFirst();
        JsonArray others = new JsonArray();
        found.subList(1, found.size())
                .forEach(other -> others.add(new JsonObject()
                        .put("id", other.exchange().uuid().toString())
                        .put("started", other.exchange().startedAt().toString())));
        return ExchangeFacts.of(newest)
                .mergeIn(ExchangeFacts.more(newest.exchange()))
                .put("story", ExchangeStory.of(newest.exchange()))
                .put("others", others);
    }

    private static GatewayError notThere() {
        return GatewayError.builder(Kind.NOT_FOUND, "The ledger has no exchange of this name.")
                .code("exchange_not_found")
                .hint("Give its UUID, or what x-request-id of the answer said; a call is there shortly after its end.")
                .build();
    }

    private static <T> Future<T> orRefused(Supplier<Future<T>> action) {
        try {
            return action.get();
        } catch (GatewayError refused) {
            return Future.failedFuture(refused);
        }
    }

    /** What goes wrong in the store is for the log; who asks hears that it is away. */
    private static <T> Future<T> answer(Supplier<CompletionStage<T>> asked) {
        Future<T> answer;
        try {
            // The store answers on a thread of its own, and responses belong to the event loop that asked.
            Context asker = Vertx.currentContext();
            answer = asker == null
                    ? Future.fromCompletionStage(asked.get())
                    : Future.fromCompletionStage(asked.get(), asker);
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        return answer.recover(failed -> {
            if (failed instanceof GatewayError known) {
                return Future.failedFuture(known);
            }
            Throwable why =
                    failed instanceof CompletionException && failed.getCause() != null ? failed.getCause() : failed;
            if (why instanceof QueryRefused refused) {
                return Future.failedFuture(GatewayError.builder(
                                Kind.INVALID_REQUEST,
                                "The ledger was asked for what it cannot answer: " + refused.getMessage() + ".")
                        .code("bad_question")
                        .hint("Ask for less time, or page on from an answer.")
                        .build());
            }
            LOG.warn("ledger: a question was not answered: {}", failed.toString());
            return Future.failedFuture(
                    GatewayError.builder(Kind.OVERLOADED, "The ledger does not answer at the moment.")
                            .code("ledger_unavailable")
                            .hint("Calls are served and recorded all the same; ask again in a while.")
                            .build());
        });
    }
}
