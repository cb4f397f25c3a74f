// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** Where each change that a person or a program made at run time is told, once, before it is answered. Any thread. */
@FunctionalInterface
public interface ChangeLog {

    void changed(Change change);

    /**
     * One change.
     *
     * @param actor who, such as {@code admin-token}, a role or a key id; no secret
     * @param what the object, such as {@code key acme-web} or {@code switch model.chat}
     * @param before as it was, for people; empty where there was nothing; no secret
     * @param after as it is now; empty where nothing is left
     */
    record Change(String actor, String what, String before, String after) {}
}
