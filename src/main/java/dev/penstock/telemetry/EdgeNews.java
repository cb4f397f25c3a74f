// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.ingress.EdgeListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts what the edge refuses. The reasons of refused callers are a fixed list: no caller can make another label. */
final class EdgeNews implements EdgeListener {

    private static final String OTHER = "other";
    private static final List<String> REASONS = List.of(
            "invalid_api_key",
            "expired_api_key",
            "revoked_api_key",
            "address_not_allowed",
            "invalid_token",
            "invalid_session",
            "missing_credentials",
            "invalid_credentials",
            "several_credentials",
            "no_identity",
            "auth_unavailable",
            "not_allowed",
            "feature_not_allowed",
            OTHER);

    private final EdgeListener bytes;
    private final Map<String, Counter> callers = new LinkedHashMap<>();

    /** @param bytes hears of what was no request */
    EdgeNews(MeterRegistry registry, EdgeListener bytes) {
        this.bytes = bytes;
        REASONS.forEach(reason -> callers.put(
                reason,
                Counter.builder("penstock.callers.refused")
                        .description(
                                "Callers that were turned away for what they showed, or did not show, of themselves.")
                        .tag("reason", reason)
                        .register(registry)));
    }

    @Override
    public void onRefused(int status, String code) {
        bytes.onRefused(status, code);
    }

    @Override
    public void onCallerRefused(String code) {
        Counter counter = callers.getOrDefault(code, callers.get(OTHER));
        if (counter != null) {
            counter.increment();
        }
    }
}
