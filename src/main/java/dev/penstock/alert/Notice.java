// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import dev.penstock.config.AlertRule;
import dev.penstock.config.AlertRule.Severity;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One alert: that it began, or that it is over.
 *
 * @param rule the name of its rule
 * @param severity how much it matters
 * @param subject what it is about, by a name of the configuration; empty for the gateway as a whole
 * @param summary for people
 * @param node that says so
 * @param began when
 * @param ended when it was over; null while it is not
 */
public record Notice(
        String rule,
        Severity severity,
        String subject,
        String summary,
        String node,
        Instant began,
        @Nullable Instant ended) {

    static Notice begin(AlertRule rule, String subject, String value, String node, Instant now) {
        String about = subject.isEmpty() ? "" : subject + ": ";
        return new Notice(
                rule.name(), rule.severity(), subject, about + rule.when() + " (" + value + ")", node, now, null);
    }

    Notice over(Instant now) {
        return new Notice(rule, severity, subject, summary, node, began, now);
    }

    boolean isOver() {
        return ended != null;
    }

    /**
     * The same for each notice about the same thing, so that receivers put them together; nodes that see the same trouble say the same
     * key, and the one that heals last is the one that is heard.
     */
    String key() {
        return "penstock/" + rule + "/" + subject;
    }
}
