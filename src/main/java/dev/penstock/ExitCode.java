// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.util.LinkedHashMap;
import java.util.Map;

/** How a command ended, for scripts. The numbers are part of the command line's contract. */
enum ExitCode {
    OK(0, "It worked."),
    FAILURE(1, "It did not work; the message says why."),
    USAGE(2, "The command line is wrong."),
    CONFIGURATION(3, "The configuration is wrong; every problem was printed."),
    CANNOT_START(4, "The gateway could not start, for example because a port is in use."),
    UNHEALTHY(5, "The gateway that was asked is not ready or does not answer."),
    NOT_INTACT(6, "The records of the audit are not what was written.");

    final int code;
    final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** For the help of each command. */
    static Map<String, String> list() {
        Map<String, String> list = new LinkedHashMap<>();
        for (ExitCode exit : values()) {
            list.put(Integer.toString(exit.code), exit.meaning);
        }
        return list;
    }
}
