// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

/** Told what the edge refuses before there is an exchange. Called on the connection's event loop. */
@FunctionalInterface
public interface EdgeListener {

    EdgeListener NONE = (status, code) -> {};

    /**
     * An HTTP/1.x request was refused before the codec saw it.
     *
     * @param code one of a small fixed set of words, fit for a metric label
     */
    void onRefused(int status, String code);

    /**
     * A caller was refused for what it showed of itself.
     *
     * @param code of the error, one of a small fixed set of words
     */
    default void onCallerRefused(String code) {}

    /**
     * A caller was not let in, for who it is or is not.
     *
     * @param source its address
     */
    default void onNotLetIn(String code, String source) {}
}
