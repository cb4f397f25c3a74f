// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

/**
 * One line of {@code GET /v1/models}.
 *
 * @param id the name that a client sends
 * @param ownedBy who answers under that name
 */
public record ModelEntry(String id, String ownedBy) {}
