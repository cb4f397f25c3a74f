// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How values stand in columns, the same in all databases: moments in milliseconds, lists as JSON. */
final class Columns {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Columns() {}

    static void put(PreparedStatement statement, int index, @Nullable Instant moment) throws SQLException {
        if (moment == null) {
            statement.setNull(index, Types.BIGINT);
        } else {
            statement.setLong(index, moment.toEpochMilli());
        }
    }

    static @Nullable Instant moment(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }

    static void put(PreparedStatement statement, int index, List<String> list) throws SQLException {
        try {
            statement.setString(index, JSON.writeValueAsString(list));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a list that cannot be written", e);
        }
    }

    /** A row that another hand has written is no reason to lose the others: it is an error of the data, told with its column. */
    static List<String> list(ResultSet row, String column) throws SQLException {
        try {
            return List.of(JSON.readValue(row.getString(column), String[].class));
        } catch (JsonProcessingException e) {
            throw new SQLException("not a list: " + column, "22000");
        }
    }
}
