// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import java.sql.SQLException;
import java.util.Map;
import javax.sql.DataSource;

/** What differs between one database and another. Called on the store's thread, all of it may wait. */
interface Database {

    /** For people; without a password. */
    String name();

    /** Whether opening it would make it. Looks at the disk at most. */
    boolean isToBeMade();

    /** Where connections come from; each one is ready for use. Makes what must exist before the first. */
    DataSource open() throws StoreFailed;

    /** Whether what was opened last is what another process would open now. Cheap: asked before all work. */
    boolean isStillThere();

    /** Whether it takes one transaction that writes at a time, whoever asks. */
    boolean hasOneWriter();

    /** The words of the schema in which databases differ. */
    Map<String, String> words();

    /** What an exception means, without its text: that may quote rows. */
    StoreFailed explain(SQLException e);
}
