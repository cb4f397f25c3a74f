// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/**
 * A fixed answer, the model {@code static/<name>}.
 *
 * @param name the part after {@code static/}
 * @param text the whole answer
 * @param degraded whether the exchange is marked {@code degraded} rather than {@code ok}
 */
public record StaticAnswer(String name, String text, boolean degraded) {}
