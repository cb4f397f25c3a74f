// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import java.util.List;

/**
 * What probes are told. All three answers come from memory: a probe is asked every few seconds by machines that kill what
 * does not answer.
 */
public interface Readiness {

    /** One of the things that must hold. The detail is for a person, and never a secret. */
    record Check(String name, boolean ok, String detail) {}

    /** Whether restarting would help if not: the event loops tick. */
    List<Check> alive();

    /** Whether traffic may come: configuration loaded, listener open, not draining. */
    List<Check> ready();

    /** Whether the start is over. */
    List<Check> started();
}
