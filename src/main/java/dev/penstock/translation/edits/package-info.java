// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. What a target changes in a request before it is read for it: values of its own, and simplifications for a second choice that can
 * do less. It happens in the client's own schema, so that it is the same for a target that is told the request word for word and for one
 * that gets a translation, and bytes that nothing has to change stay as they are. What comes in: a body that was read once and the
 * {@link dev.penstock.exchange.TargetEdits} of a target. What goes out: another body of the same schema. Open
 * {@link dev.penstock.translation.edits.EditedRequest} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.translation.edits;
