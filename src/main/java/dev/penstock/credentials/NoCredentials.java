// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

/** A place had nothing, or what it had cannot be used. The message holds no secret and nothing of a file's content. */
final class NoCredentials extends Exception {

    private static final long serialVersionUID = 1;

    NoCredentials(String message) {
        super(message, null, false, false);
    }
}
