// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** A number for each topic that rises with its changes. The row is also the lock that makes writers of a topic follow each other. */
final class Revisions {

    private Revisions() {}

    static void raise(Connection connection, StoreTopic topic) throws SQLException {
        try (PreparedStatement raise =
                connection.prepareStatement("UPDATE penstock_revision SET version = version + 1 WHERE topic = ?")) {
            raise.setString(1, label(topic));
            raise.executeUpdate();
        }
    }

    static Map<StoreTopic, Long> read(Connection connection) throws SQLException {
        Map<StoreTopic, Long> versions = new EnumMap<>(StoreTopic.class);
        try (PreparedStatement select = connection.prepareStatement("SELECT topic, version FROM penstock_revision");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                for (StoreTopic topic : StoreTopic.values()) {
                    if (label(topic).equals(row.getString("topic"))) {
                        versions.put(topic, row.getLong("version"));
                    }
                }
            }
        }
        return versions;
    }

    private static String label(StoreTopic topic) {
        return topic.name().toLowerCase(Locale.ROOT);
    }
}
