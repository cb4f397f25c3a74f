// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong, so that a person sees all of it at once and in the order of the files. */
final class Problems {

    private final List<Problem> found = new ArrayList<>();
    private final List<String> files = new ArrayList<>();

    void add(Source at, String path, String message) {
        Problem problem = Problem.at(at, path, message);
        if (!found.contains(problem)) {
            found.add(problem);
        }
        if (!files.contains(at.name())) {
            files.add(at.name());
        }
    }

    void unexpected(Source at, String path, String what, String expected) {
        add(at, path, what + "; expected " + expected);
    }

    /** Whether something has been said of this key already. */
    boolean isKnown(String path) {
        return found.stream().anyMatch(problem -> problem.path().equals(path));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    List<Problem> inOrder() {
        return found.stream()
                .sorted(Comparator.<Problem>comparingInt(p -> files.indexOf(p.file()))
                        .thenComparingInt(Problem::line)
                        .thenComparingInt(Problem::column))
                .toList();
    }
}
