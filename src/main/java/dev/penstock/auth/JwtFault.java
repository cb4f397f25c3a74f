// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

/** Why a token, or a set of keys, is not accepted. The message may be shown: it holds nothing of what was sent. */
final class JwtFault extends Exception {

    private static final long serialVersionUID = 1;

    JwtFault(String message) {
        super(message, null, false, false);
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
