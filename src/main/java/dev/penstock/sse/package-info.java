// SPDX-License-Identifier: Apache-2.0
/**
 * Hot. Server-sent events as bytes: where an event ends, whatever the line ends and however the network cut it; and the lines of a
 * stream that has nothing but lines (NDJSON). What comes in: chunks. What goes out: offsets, never copies. Knows nothing of JSON.
 * Source: WHATWG HTML, section 9.2.6 "Interpreting an event stream".
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.sse;
