// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. Owns meters, names and labels, the request log and traces. Other rooms report to their own listeners; this room turns the
 * reports into figures, lines and spans. What comes in: one {@link dev.penstock.accounting.ExchangeRecord} per exchange, timings of
 * streams, delays of event loops. What goes out: Prometheus text, one ECS JSON line per exchange, OTLP. The parts that event
 * loops touch ({@link dev.penstock.telemetry.ShardMeters}, {@link dev.penstock.telemetry.RequestLog}) are plain stores into
 * memory of their own loop; all formatting, summing and writing is done by the threads that scrape, log and send. What others call
 * things is in {@code GenAiConventions}. Open {@link dev.penstock.telemetry.Metrics} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.telemetry;
