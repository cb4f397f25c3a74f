// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

/** A client's whole answer, built from what it hears. One instance per answer. */
public interface AnswerEncoder extends AnswerSink {

    /** After {@code end}: the body. */
    byte[] body();
}
