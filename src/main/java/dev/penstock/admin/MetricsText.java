// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

/** What a scrape gets. */
@FunctionalInterface
public interface MetricsText {

    /** The Prometheus text format, version 0.0.4. Called on a worker thread, because a scrape walks all meters. */
    String scrape();
}
