// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import org.jspecify.annotations.Nullable;

/** What a scrape gets. */
@FunctionalInterface
public interface MetricsText {

    /**
     * An answer to a scrape.
     *
     * @param type the media type
     * @param body all of it
     */
    record Text(String type, String body) {}

    /** The Prometheus text format, version 0.0.4. Called on a worker thread, because a scrape walks all meters. */
    String scrape();

    /**
     * In a format that the scraper takes: OpenMetrics has exemplars, the usual one has not. Called on a worker thread.
     *
     * @param accept the header field, or null
     */
    default Text scrape(@Nullable String accept) {
        return new Text("text/plain; version=0.0.4; charset=utf-8", scrape());
    }

    /** Whether it is served at all. */
    default boolean isServed() {
        return true;
    }
}
