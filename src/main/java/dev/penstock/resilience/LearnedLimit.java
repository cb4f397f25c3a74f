// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import com.netflix.concurrency.limits.limit.AIMDLimit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.Ticker;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How many attempts a target serves well at a time. Two algorithms of Netflix' concurrency-limits answer, and the smaller answer
 * holds: {@link Gradient2Limit} lowers the limit while the times to the first token are longer than they used to be, and
 * raises it while they are not; {@link AIMDLimit}, which exists only for as long as it is the smaller one, takes a tenth away
 * whenever the target turned calls away, and gives back one at a time.
 *
 * <p>Gradient rather than Vegas: Vegas takes the shortest time ever seen for that of an idle target, and times to the first
 * token differ by a factor of ten with the length of the prompt, so it would see a queue where there is none and sink to its
 * minimum. Gradient2 compares with a long average instead, but does not look at dropped calls at all; hence the second one.
 *
 * <p>The window is this class's own. The library's {@code WindowedLimit} throws a window away that has fewer than ten samples
 * in a second, so a target with a few long streams would never learn anything; here a window stays open until it has them.
 * And it averages, where a single long prompt would look like a queue; this takes the median. Any thread.
 */
final class LearnedLimit {

    private static final int ENOUGH = 10;
    /** Times kept of one window, the latest. */
    private static final int KEPT = 128;

    private static final long SHORTEST_WINDOW = Duration.ofMillis(250).toNanos();
    private static final long LONGEST_WINDOW = Duration.ofSeconds(1).toNanos();
    /** Windows that the long average looks back: some minutes. Longer than any burst, so that a burst does not become normal. */
    private static final int LONG_AVERAGE = 600;
    /** One call turned away in a hundred is no statement about concurrency, five are. */
    private static final int DROPS_OF = 20;

    /** Calls turned away in quick succession are not looked at to the end of the window: each one costs a client an attempt. */
    private static final int DROPS_AT_ONCE = 3;

    /** Share of the limit that must have been in use before it is raised; the library's own is a half, and overshoots. */
    private static final double IN_USE = 0.8;

    private static final double TOLERANCE = 1.5;
    private static final double SMOOTHING = 0.5;
    private static final double BACK_OFF = 0.9;

    private final ConcurrencySettings settings;
    private final Ticker ticker;
    private final Gradient2Limit byTime;
    private @Nullable AIMDLimit byDrops;
    private final long[] times = new long[KEPT];
    private int samples;
    private int drops;
    private int mostInFlight;
    private long windowEnds;
    private long heedsDropsFrom;
    private volatile int limit;
    private volatile long typicalNanos;

    LearnedLimit(ConcurrencySettings settings, Ticker ticker) {
        this.settings = settings;
        this.ticker = ticker;
        this.limit = settings.initial();
        this.byTime = Gradient2Limit.newBuilder()
                .initialLimit(settings.initial())
                .minLimit(settings.min())
                .maxConcurrency(settings.max())
                .rttTolerance(TOLERANCE)
                .smoothing(SMOOTHING)
                .longWindow(LONG_AVERAGE)
                // What a window without delay adds: half of this, so the limit doubles within some fifteen windows.
                .queueSizeFunction(now -> Math.max(3, now / 12))
                .build();
        this.windowEnds = ticker.nanos() + SHORTEST_WINDOW;
        this.heedsDropsFrom = ticker.nanos();
    }

    int limit() {
        return limit;
    }

    /** The median time to the first token of the last window; 0 while there was none. */
    long typicalNanos() {
        return typicalNanos;
    }

    /** True when the limit is higher than before. */
    synchronized boolean firstToken(long nanos, int inFlight) {
        times[samples++ % KEPT] = Math.max(1, nanos);
        mostInFlight = Math.max(mostInFlight, inFlight);
        return close();
    }

    synchronized void dropped(int inFlight) {
        drops++;
        mostInFlight = Math.max(mostInFlight, inFlight);
        boolean unused = close();
    }

    private boolean close() {
        long now = ticker.nanos();
        boolean over = samples + drops >= ENOUGH && now - windowEnds >= 0;
        boolean shut = drops >= DROPS_AT_ONCE && isMany() && now - heedsDropsFrom >= 0;
        if (!over && !shut) {
            return false;
        }
        int before = limit;
        if (samples >= ENOUGH) {
            typicalNanos = median();
            boolean slow = typicalNanos > TOLERANCE * byTime.getRttNoLoad(TimeUnit.NANOSECONDS);
            // With nothing in flight the library takes note of the time and leaves the limit as it is.
            byTime.onSample(now, typicalNanos, slow || mostInFlight >= IN_USE * before ? mostInFlight : 0, false);
        }
        heedDrops(now);
        windowEnds = now + Math.clamp(2 * typicalNanos, SHORTEST_WINDOW, LONGEST_WINDOW);
        samples = 0;
        drops = 0;
        mostInFlight = 0;
        limit = byDrops == null ? byTime.getLimit() : byDrops.getLimit();
        return limit > before;
    }

    private boolean isMany() {
        return drops > 0 && drops * DROPS_OF >= samples + drops;
    }

    private void heedDrops(long now) {
        boolean dropped = isMany();
        if (byDrops == null && dropped) {
            // From where it happened: a limit far above what is used would take long to come down to it.
            byDrops = AIMDLimit.newBuilder()
                    .initialLimit(Math.clamp(Math.min(limit, mostInFlight), settings.min(), settings.max()))
                    .minLimit(settings.min())
                    .maxLimit(settings.max())
                    .backoffRatio(BACK_OFF)
                    .timeout(Long.MAX_VALUE, TimeUnit.NANOSECONDS)
                    .build();
        }
        if (dropped) {
            // What was sent before the limit fell may still come back; it has been heard.
            heedsDropsFrom = now + SHORTEST_WINDOW;
        }
        if (byDrops != null) {
            byDrops.onSample(now, 1, mostInFlight, dropped);
            if (byDrops.getLimit() >= byTime.getLimit()) {
                byDrops = null;
            }
        }
    }

    private long median() {
        int kept = Math.min(samples, KEPT);
        long[] sorted = Arrays.copyOf(times, kept);
        Arrays.sort(sorted);
        return sorted[kept / 2];
    }
}
