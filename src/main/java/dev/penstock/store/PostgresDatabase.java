// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.config.Secret;
import dev.penstock.config.StorageConfig.Place;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A server that many nodes may share. Each node has one connection. */
final class PostgresDatabase implements Database {

    private static final int CONNECT_SECONDS = 3;
    /** A server that says nothing for so long is gone, whatever the network says. */
    private static final int SILENT_SECONDS = 5;

    private final Place.Postgres place;

    PostgresDatabase(Place.Postgres place) {
        this.place = place;
    }

    @Override
    public String name() {
        return place.toString();
    }

    @Override
    public boolean isToBeMade() {
        return false;
    }

    @Override
    public DataSource open() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {place.host()});
        source.setPortNumbers(new int[] {place.port()});
        source.setDatabaseName(place.database());
        if (!place.user().isEmpty()) {
            source.setUser(place.user());
        }
        Secret password = place.password();
        if (password != null) {
            source.setPassword(password.reveal());
        }
        source.setSslMode(place.tls().label());
        Path rootCert = place.rootCert();
        if (rootCert != null) {
            source.setSslRootCert(rootCert.toString());
        }
        source.setApplicationName("penstock");
        source.setConnectTimeout(CONNECT_SECONDS);
        source.setLoginTimeout(CONNECT_SECONDS);
        source.setSocketTimeout(SILENT_SECONDS);
        source.setTcpKeepAlive(true);
        // Statements are few and come again: prepared at once, their answers come as bytes and not as text.
        source.setPrepareThreshold(1);
        // The text of server errors would quote values.
        source.setLogServerErrorDetail(false);
        return source;
    }

    /** The connection itself would have told. */
    @Override
    public boolean isStillThere() {
        return true;
    }

    @Override
    public boolean hasOneWriter() {
        return false;
    }

    @Override
    public Map<String, String> words() {
        return Map.of("bytewise", "COLLATE \"C\"", "clustered", "", "bytes", "BYTEA");
    }

    @Override
    public StoreFailed explain(SQLException e) {
        String state = state(e);
        if (state.equals("42P01")) {
            return StoreFailed.tableMissing(name());
        }
        if (state.equals("57014")) {
            return StoreFailed.refused(name() + " was asked for too much at once");
        }
        String text = name() + reason(state);
        // Classes of the standard: data and constraints, limits of the program such as the length of a key, and syntax.
        if (state.startsWith("22") || state.startsWith("23") || state.startsWith("54")) {
            return StoreFailed.valuesRefused(text);
        }
        return state.startsWith("42") ? StoreFailed.refused(text) : StoreFailed.passing(text);
    }

    private static String reason(String state) {
        return switch (state) {
            case "28P01", "28000" -> " refused the user or the password";
            case "3D000" -> " has no such database";
            case "42501" -> " refused: the user may not read and write the tables";
            case "25006" -> " is read-only";
            case "53100" -> " cannot be written: the disk is full";
            case "53300" -> " has no connection left";
            case "57P01", "57P02", "57P03" -> " is starting or stopping";
            default -> state.startsWith("08") || state.isEmpty() ? " cannot be reached" : " failed with state " + state;
        };
    }

    private static String state(SQLException e) {
        return Objects.requireNonNullElse(e.getSQLState(), "");
    }
}
