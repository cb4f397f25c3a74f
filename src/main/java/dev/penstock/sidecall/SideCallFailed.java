// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sidecall;

/** No answer, or one too large. The message names neither an address nor a header and may be shown to a caller. */
public final class SideCallFailed extends Exception {

    private static final long serialVersionUID = 1;

    SideCallFailed(String message) {
        super(message, null, false, false);
    }
}
