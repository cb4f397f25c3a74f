// SPDX-License-Identifier: Apache-2.0
/**
 * Cold. Who changed what, who was refused: records in a chain of hashes, in segments that are sealed with the installation's signature, so
 * that a later edit, deletion, insertion, reordering or truncation shows.
 *
 * <p>In come {@link dev.penstock.exchange.AuditEvent}s, on any thread. Out go lines in files that one thread writes ({@link
 * dev.penstock.audit.AuditTrail}), signed heads of the chain, and to whom the configuration names a copy of each head ({@link
 * dev.penstock.audit.Anchors}). {@link dev.penstock.audit.AuditVerifier} says whether all of it is what was written, and needs nothing
 * but the files; {@link dev.penstock.audit.AuditReader} looks things up in them. Open {@code Journal} for what the files look like.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.audit;
