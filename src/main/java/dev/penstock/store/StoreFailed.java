// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

/** The store did not do what it was asked for. The message is for people: it names the store, and holds no password and no row. */
public final class StoreFailed extends Exception {

    private static final long serialVersionUID = 1;

    private enum Kind {
        PASSING,
        LASTING,
        TABLE_MISSING,
        REFUSED,
        VALUES_REFUSED
    }

    private final Kind kind;

    private StoreFailed(String message, Kind kind) {
        super(message, null, false, false);
        this.kind = kind;
    }

    /** It may go by: a server that is away, a full disk. */
    static StoreFailed passing(String message) {
        return new StoreFailed(message, Kind.PASSING);
    }

    /** Somebody must do something first, and this process cannot see when it was done. */
    static StoreFailed lasting(String message) {
        return new StoreFailed(message, Kind.LASTING);
    }

    /** The database is there, its tables are not: it was emptied or replaced. */
    static StoreFailed tableMissing(String name) {
        return new StoreFailed(name + " has no tables of Penstock", Kind.TABLE_MISSING);
    }

    /** The database is well and does not take this; the next one may be taken. */
    static StoreFailed refused(String message) {
        return new StoreFailed(message, Kind.REFUSED);
    }

    /** The same, because of what stands in a row and not because of the statement. */
    static StoreFailed valuesRefused(String message) {
        return new StoreFailed(message, Kind.VALUES_REFUSED);
    }

    /** Whether to wait is useless. */
    public boolean isLasting() {
        return kind == Kind.LASTING;
    }

    boolean isTableMissing() {
        return kind == Kind.TABLE_MISSING;
    }

    boolean isRefused() {
        return kind == Kind.REFUSED || kind == Kind.VALUES_REFUSED;
    }

    boolean isAboutValues() {
        return kind == Kind.VALUES_REFUSED;
    }
}
