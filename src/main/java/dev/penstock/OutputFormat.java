// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

/** Who reads the result. */
enum OutputFormat {
    TEXT,
    JSON
}
