// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.ChangeLog;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Changes at run time, one line of the system log each. */
final class LoggedChanges implements ChangeLog {

    private static final Logger LOG = LogManager.getLogger(LoggedChanges.class);

    @Override
    public void changed(Change change) {
        LOG.info("changed by {}: {}: \"{}\" -> \"{}\"", change.actor(), change.what(), change.before(), change.after());
    }
}
