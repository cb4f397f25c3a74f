// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord.LimitUse;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.PriceBook;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.exchange.Usage;
import dev.penstock.quota.Admission;
import dev.penstock.quota.Admission.Decision;
import dev.penstock.quota.AdmissionAsk;
import dev.penstock.quota.LimitUses;
import dev.penstock.quota.Permit;
import dev.penstock.quota.Standings;
import dev.penstock.routing.Route.RouteTarget;
import dev.penstock.schema.openai.TokenEstimate;
import dev.penstock.streaming.OutputCap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one exchange may use: asked for when its way is known, drawn on by its attempts, given back at its settlement. Lives on the event
 * loop of the exchange.
 *
 * <pre>
 *   (nothing) --ask--&gt; asked --admitted--&gt; held --end--&gt; ended: settled, or cancelled where no provider had the request
 *       |                |  +--refused--&gt; (nothing)
 *       +------end-------+---------------------------&gt; ended: what is granted later goes back at once
 * </pre>
 */
final class Allowance {

    /** The fewest that OpenAI's responses take for {@code max_output_tokens} (API reference, "Create a model response"). */
    private static final int FEWEST_OF_RESPONSES = 16;

    private static final Usage ONE_IN = Usage.estimated(1, 0);
    private static final Usage ONE_OUT = Usage.estimated(0, 1);

    private final Admission admission;
    private final PriceBook prices;
    private final Arrival arrival;
    private final Instant at;
    private @Nullable Permit permit;
    private Standings refusedAt = Standings.NONE;
    private LimitUses uses = LimitUses.NONE;
    /** Of providers, as far as they are over. */
    private @Nullable List<LimitUse> ofProviders;

    private final Map<String, Permit> atProviders = new HashMap<>(2);
    private @Nullable AdmissionAsk question;
    private boolean ended;
    /** Bytes of content that the client has of attempts that broke off. */
    private long heard;

    /**
     * Of an exchange that has not asked.
     *
     * @param at when it began; prices have dates
     */
    Allowance(Admission admission, PriceBook prices, Arrival arrival, Instant at) {
        this.admission = admission;
        this.prices = prices;
        this.arrival = arrival;
        this.at = at;
    }

    /** May it begin? {@code next} hears of it once, or never where the exchange has ended meanwhile. */
    void ask(Asked asked, RequestFacts known, RouteTarget first, Consumer<Decision> next) {
        boolean counts = arrival.schema() == ApiSchema.ANTHROPIC_COUNT_TOKENS;
        AdmissionAsk ask = new AdmissionAsk(
                arrival.who(),
                arrival.clientIp(),
                asked.model(),
                arrival.terms().feature(),
                counts ? 0 : known.tokens(),
                answers() ? asked.maxTokens() : 1,
                price(first, ONE_IN),
                price(first, ONE_OUT));
        question = ask;
        admission.admit(ask, decision -> {
            switch (decision) {
                case Decision.Admitted admitted -> take(admitted.permit());
                case Decision.Redirected redirected -> take(redirected.permit());
                case Decision.Refused refused -> {
                    refusedAt = refused.standings();
                    uses = refused.limits();
                }
            }
            if (!ended) {
                next.accept(decision);
            }
        });
    }

    /**
     * Why this target must not be called for the sake of its provider's limits; null when it may. What it may use is held until the exchange
     * ends. A limit that does not know at once is passed by: another target may serve meanwhile.
     */
    @Nullable
    GatewayError refusal(RouteTarget target) {
        String provider = target.target().provider();
        AdmissionAsk of = question;
        if (of == null || !target.remote() || atProviders.containsKey(provider)) {
            return null;
        }
        AdmissionAsk there = of.at(price(target, ONE_IN), price(target, ONE_OUT));
        ProviderAnswer answer = new ProviderAnswer();
        admission.admitProvider(provider, there, answer);
        Permit granted = answer.granted();
        if (granted != null) {
            atProviders.put(provider, granted);
            return null;
        }
        note(answer.limits());
        return answer.refused();
    }

    /** What a provider's limits say, at once or too late. */
    private static final class ProviderAnswer implements Consumer<Decision> {

        private @Nullable Permit permit;
        private @Nullable GatewayError error;
        private LimitUses limits = LimitUses.NONE;
        private boolean late;

        @Override
        public void accept(Decision decision) {
            switch (decision) {
                case Decision.Admitted admitted -> keep(admitted.permit());
                case Decision.Redirected redirected -> keep(redirected.permit());
                case Decision.Refused refused -> {
                    error = refused.error();
                    limits = refused.limits();
                }
            }
        }

        private void keep(Permit granted) {
            if (late) {
                granted.cancel();
            } else {
                permit = granted;
            }
        }

        @Nullable
        Permit granted() {
            late = true;
            return permit;
        }

        LimitUses limits() {
            return limits;
        }

        GatewayError refused() {
            return error != null
                    ? error
                    : GatewayError.of(Kind.RATE_LIMITED, "The provider's limit is nearly reached.");
        }
    }

    private void take(Permit granted) {
        if (ended) {
            granted.cancel();
        } else {
            permit = granted;
            uses = granted;
        }
    }

    /** Counts and embeddings have an answer of no tokens. */
    private boolean answers() {
        return arrival.schema() != ApiSchema.ANTHROPIC_COUNT_TOKENS && arrival.schema() != ApiSchema.OPENAI_EMBEDDINGS;
    }

    /** How the caller stands, for the head of the answer. */
    Standings standings() {
        return permit == null ? refusedAt : permit.standings();
    }

    // ---- while it answers

    /**
     * What a target changes in the request. A whole answer comes at once and cannot be cut: where less is covered than it may be long, it is
     * asked for as long as that.
     */
    TargetEdits edits(RouteTarget target, Asked asked) {
        TargetEdits own = target.edits();
        if (permit == null || asked.stream() || !target.remote() || !answers()) {
            return own;
        }
        long covered = permit.outputTokens(price(target, ONE_OUT));
        long wanted = asked.maxTokens() > 0 ? asked.maxTokens() : target.defaultMaxTokens();
        wanted = own.maxTokens() > 0 ? Math.min(wanted, own.maxTokens()) : wanted;
        while (covered < wanted) {
            long more = permit.more(covered);
            if (more <= covered) {
                long fewest = arrival.schema() == ApiSchema.OPENAI_RESPONSES ? FEWEST_OF_RESPONSES : 1;
                int most = (int) Math.min(wanted, Math.max(fewest, covered));
                return new TargetEdits(own.set(), own.dropTools(), own.dropStructuredOutput(), most, own.history());
            }
            covered = more;
        }
        return own;
    }

    /** How much of this target's stream may be had. */
    OutputCap cap(RouteTarget target, Asked asked) {
        long covered =
                permit == null || !target.remote() ? Long.MAX_VALUE : permit.outputTokens(price(target, ONE_OUT));
        return permit == null || covered == Long.MAX_VALUE
                ? OutputCap.NONE
                : new LeasedOutput(permit, covered, heard, TokenEstimate.tokens(asked.promptBytes()));
    }

    /** An attempt broke off whose beginning the client keeps. */
    void heard(long contentBytes) {
        heard += contentBytes;
    }

    /** What an attempt has cost; 0 where it used nothing, {@link PriceBook#UNPRICED} where nobody knows. */
    long nanoUsd(Target target, Usage usage) {
        return usage.totalTokens() == 0 ? 0 : prices.nanoUsd(target, usage, at);
    }

    private long price(RouteTarget target, Usage usage) {
        return target.remote() ? prices.nanoUsd(target.target(), usage, at) : 0;
    }

    // ---- the end

    /**
     * Gives back what was not used. Called once, however the exchange ends.
     *
     * @param tries all of them
     * @param reached whether a provider had the request, or the gateway itself has answered
     * @return what all of it cost, in billionths of a US dollar; {@link PriceBook#UNPRICED} where nobody knows
     */
    long end(List<AttemptRecord> tries, boolean reached) {
        ended = true;
        long input = 0;
        long output = 0;
        long cost = 0;
        boolean any = false;
        boolean priced = true;
        for (AttemptRecord attempt : tries) {
            Usage usage = attempt.usage();
            if (usage.totalTokens() > 0) {
                long price = attempt.nanoUsd();
                any = true;
                priced &= price >= 0;
                cost += Math.max(0, price);
                input += usage.inputTokens();
                output += usage.outputTokens();
            }
        }
        endAtProviders(tries);
        if (permit != null && reached) {
            permit.settle(input, output, cost);
        } else if (permit != null) {
            permit.cancel();
        }
        return !any || priced ? cost : PriceBook.UNPRICED;
    }

    private void endAtProviders(List<AttemptRecord> tries) {
        atProviders.forEach((provider, held) -> {
            long input = 0;
            long output = 0;
            long cost = 0;
            boolean called = false;
            for (AttemptRecord attempt : tries) {
                if (attempt.target().provider().equals(provider)) {
                    called = true;
                    input += attempt.usage().inputTokens();
                    output += attempt.usage().outputTokens();
                    cost += Math.max(0, attempt.nanoUsd());
                }
            }
            if (called) {
                held.settle(input, output, cost);
            } else {
                held.cancel();
            }
            note(held);
        });
        atProviders.clear();
    }

    private void note(LimitUses there) {
        there.tell((name, unit, reserved, settled, refused) -> {
            if (ofProviders == null) {
                ofProviders = new ArrayList<>(2);
            }
            ofProviders.add(new LimitUse(name, unit, reserved, settled, refused));
        });
    }

    // ---- for the record

    /** The limits that had a say, after the end. */
    List<LimitUse> limits() {
        if (uses == Permit.UNLIMITED && ofProviders == null) {
            return List.of();
        }
        List<LimitUse> all = new ArrayList<>(4);
        uses.tell((name, unit, reserved, settled, refused) ->
                all.add(new LimitUse(name, unit, reserved, settled, refused)));
        if (ofProviders != null) {
            all.addAll(ofProviders);
        }
        return all;
    }

    /** Which prices it was counted with. */
    String priceVersion() {
        return prices.version();
    }
}
