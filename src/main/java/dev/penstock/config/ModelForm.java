// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.FailureClass;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sections inside {@link FileForm.Model} and {@link FileForm.Target} that say where to and what about trouble. */
final class ModelForm {

    private ModelForm() {}

    /** The section {@code models.<name>.sticky}. */
    record Sticky(
            @Key(
                    value =
                            "What two requests must have in common to go to the same target. A request without it is spread by"
                                    + " weight.",
                    unset = "prompt")
            @Nullable
            StickyBy by) {}

    /** The section {@code models.<name>.retries}. */
    record Retries(
            @Key(
                    value = "Tries at one target, the first included; 1 means none again.",
                    unset = "2",
                    min = "1",
                    max = "10")
            @Nullable
            Count attempts,

            @Key(
                    value = "What is tried again before the first token.",
                    unset = "rate_limit, 5xx, timeout, connect, protocol")
            @Nullable
            List<@Nullable RetryOn> errors,

            @Key(
                    value =
                            "Shortest and longest pause before a further try; a Retry-After is honoured up to the longest.",
                    unset = "200ms-2s")
            @Nullable
            Span backoff) {}

    /** Words for what is tried again. */
    enum RetryOn {
        RATE_LIMIT("rate_limit", FailureClass.RATE_LIMIT),
        SERVER("5xx", FailureClass.SERVER),
        TIMEOUT("timeout", FailureClass.TIMEOUT),
        CONNECT("connect", FailureClass.CONNECT),
        PROTOCOL("protocol", FailureClass.PROTOCOL);

        private final String label;
        private final FailureClass failure;

        RetryOn(String label, FailureClass failure) {
            this.label = label;
            this.failure = failure;
        }

        FailureClass failure() {
            return failure;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** The section {@code models.<name>.breaker}. */
    record Breaker(
            @Key(
                    value = "Share of failed attempts in the window that opens the breaker.",
                    unset = "50%",
                    min = "1%",
                    max = "100%")
            @Nullable
            Share failureRate,

            @Key(value = "How far back the rate looks.", unset = "30s", min = "1s", max = "1h") @Nullable
            Duration window,

            @Key(
                    value = "Attempts in the window below which the rate says nothing.",
                    unset = "20",
                    min = "1",
                    max = "100k")
            @Nullable
            Count minCalls,

            @Key(
                    value = "Failures in a row that open the breaker whatever the rate.",
                    unset = "5",
                    min = "1",
                    max = "100k")
            @Nullable
            Count consecutive,

            @Key(
                    value = "A first token later than this counts as a failure; 0s: none is too late.",
                    unset = "0s",
                    min = "0s",
                    max = "24h")
            @Nullable
            Duration slowFirstToken,

            @Key(
                    value =
                            "How long the target is left alone, before jitter; a provider's Retry-After makes it longer.",
                    unset = "15s",
                    min = "100ms",
                    max = "24h")
            @Nullable
            Duration openFor,

            @Key(
                    value = "Attempts that must succeed in a row before it closes; as many may run at once.",
                    unset = "3",
                    min = "1",
                    max = "100")
            @Nullable
            Count probes) {}

    /** The section {@code models.<name>.hedge}. */
    record Hedge(
            @Key(value = "false switches off what is inherited.", unset = "true where the section is written") @Nullable
            Boolean enabled,

            @Key(
                    value =
                            "The second target starts when the first has no token after this percentile of its own times to the"
                                    + " first token.",
                    unset = "p95")
            @Nullable
            Percentile after,

            @Key(value = "Never earlier than this.", unset = "500ms", min = "1ms", max = "1h") @Nullable
            Duration floor) {}

    /** The section {@code models.<name>.concurrency}. */
    record Concurrency(
            @Key(value = "false switches off what is inherited.", unset = "true where the section is written") @Nullable
            Boolean enabled,

            @Key(
                    value = "Attempts that a target may have under way at first; learned from then on.",
                    unset = "50, within min and max",
                    min = "1",
                    max = "100k")
            @Nullable
            Count initial,

            @Key(value = "Never fewer.", unset = "4, at most max", min = "1", max = "100k") @Nullable
            Count min,

            @Key(value = "Never more.", unset = "1000, at least min", min = "1", max = "100k") @Nullable
            Count max,

            @Key(value = "Attempts that may wait for their turn.", unset = "100", min = "0", max = "100k") @Nullable
            Count queue,

            @Key(
                    value = "Longest wait for a turn, never beyond the exchange's own end.",
                    unset = "5s",
                    min = "0s",
                    max = "1h")
            @Nullable
            Duration maxWait) {}

    /** The section {@code models.<name>.targets[].simplify}. */
    record Simplify(
            @Key(value = "drop: leave out tools and what refers to them.", unset = "kept") @Nullable
            Tools tools,

            @Key(value = "text: leave out the demand for a certain form of the answer.", unset = "kept") @Nullable
            Output output,

            @Key(
                    value = "Most tokens of the answer; a smaller wish of the client stays.",
                    unset = "what the client asks for",
                    min = "1",
                    max = "1M")
            @Nullable
            Count maxTokens,

            @Key(
                    value = "Messages that are kept, the last ones; instructions are always kept.",
                    unset = "all",
                    min = "1",
                    max = "100k")
            @Nullable
            Count history) {

        enum Tools {
            DROP
        }

        enum Output {
            TEXT
        }
    }

    /** The section {@code models.<name>.targets[].cost}. */
    record Cost(
            @Key(value = "US dollars for a million tokens of the prompt.", required = true, min = "0", max = "100000")
            @Nullable
            Usd input,

            @Key(value = "US dollars for a million tokens of the answer.", required = true, min = "0", max = "100000")
            @Nullable
            Usd output) {}
}
