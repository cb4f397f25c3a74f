// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fills in a statement's parameters one after the other. */
final class RowValues {

    private final PreparedStatement statement;
    private int index;

    RowValues(PreparedStatement statement) {
        this.statement = statement;
    }

    /** An insert of all columns, in their order. */
    static String insert(String table, List<String> columns) {
        return "INSERT INTO " + table + " (" + String.join(", ", columns) + ") VALUES (" + marks(columns.size()) + ")";
    }

    /** So many parameters. */
    static String marks(int count) {
        return String.join(", ", Collections.nCopies(count, "?"));
    }

    RowValues number(long value) throws SQLException {
        statement.setLong(++index, value);
        return this;
    }

    RowValues flag(boolean value) throws SQLException {
        return number(value ? 1 : 0);
    }

    RowValues bytes(byte[] value) throws SQLException {
        statement.setBytes(++index, value);
        return this;
    }

    RowValues text(@Nullable String value) throws SQLException {
        statement.setString(++index, value);
        return this;
    }
}
