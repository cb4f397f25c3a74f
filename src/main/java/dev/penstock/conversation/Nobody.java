// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

/** Hears an answer and keeps nothing: for whoever looks on the way, and for measuring a decoder alone. */
public final class Nobody extends QuietSink {

    public static final Nobody LISTENS = new Nobody();

    private Nobody() {}
}
