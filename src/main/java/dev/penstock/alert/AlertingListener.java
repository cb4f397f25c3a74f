// SPDX-License-Identifier: Apache-2.0
package dev.penstock.alert;

import dev.penstock.config.AlertReceiver;

/** Hears what becomes of notices. On the event loop of the alerts; nothing here may wait. */
public interface AlertingListener {

    /** Nobody hears. */
    AlertingListener NONE = new AlertingListener() {
        @Override
        public void sent(AlertReceiver.Type to) {}

        @Override
        public void failed(AlertReceiver.Type to) {}

        @Override
        public void lost(AlertReceiver.Type to) {}
    };

    /** A request was taken. */
    void sent(AlertReceiver.Type to);

    /** A request was not taken and will be made again. */
    void failed(AlertReceiver.Type to);

    /** A notice will never be told: refused, or one too many. */
    void lost(AlertReceiver.Type to);
}
