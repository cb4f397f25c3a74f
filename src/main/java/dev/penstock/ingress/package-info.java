// SPDX-License-Identifier: Apache-2.0
/**
 * Warm. The door: what comes in from callers, made safe, and what goes back to them. Decides whether bytes are a request at
 * all (strict HTTP), whether its body may be read and how much of it, which of its headers a provider may see, and what an
 * error looks like in the client's schema. What comes in: sockets. What goes out: checked heads and bounded bodies for the
 * pipeline. Open {@link dev.penstock.ingress.EdgeServer} first.
 */
@org.jspecify.annotations.NullMarked
package dev.penstock.ingress;
