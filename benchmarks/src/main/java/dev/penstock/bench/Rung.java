// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.List;

/** The steps of the ladder, from nothing in between to the default product; nginx stands beside it for scale. */
enum Rung {
    DIRECT("direct", ""),
    BARE("bare", ""),
    PENSTOCK_DIRECT("penstock-direct", "bench/"),
    PENSTOCK_BUS("penstock-bus", "bench/"),
    /** With the request log and the metrics, and no ledger. */
    PENSTOCK_UNRECORDED("penstock-unrecorded", "bench/"),
    /** The default product. */
    PENSTOCK("penstock", "bench/"),
    /** The default product, called with a tenant's key, under five limits that all apply. */
    PENSTOCK_LIMITS("penstock-limits", "bench/"),
    /** The default product, asked in Anthropic's Messages for a provider that speaks OpenAI's chat. */
    PENSTOCK_TRANSLATED("penstock-translated", "bench/"),
    NGINX("nginx", "");

    private final String label;
    private final String prefix;

    Rung(String label, String prefix) {
        this.label = label;
        this.prefix = prefix;
    }

    String label() {
        return label;
    }

    /** Put before a model name: the provider's name where the rung routes by it. */
    String prefix() {
        return prefix;
    }

    boolean penstock() {
        return this != DIRECT && this != BARE && this != NGINX;
    }

    /** System properties that select the variant. */
    List<String> properties() {
        return switch (this) {
            case PENSTOCK_DIRECT ->
                List.of("-Dpenstock.caller=direct", "-Dpenstock.telemetry=off", "-Dpenstock.ledger=off");
            case PENSTOCK_BUS -> List.of("-Dpenstock.caller=bus", "-Dpenstock.telemetry=off", "-Dpenstock.ledger=off");
            case PENSTOCK_UNRECORDED -> List.of("-Dpenstock.ledger=off");
            case DIRECT, BARE, PENSTOCK, PENSTOCK_LIMITS, PENSTOCK_TRANSLATED, NGINX -> List.of();
        };
    }

    static Rung of(String label) {
        for (Rung rung : values()) {
            if (rung.label.equals(label)) {
                return rung;
            }
        }
        throw new IllegalArgumentException("no such rung: " + label);
    }
}
