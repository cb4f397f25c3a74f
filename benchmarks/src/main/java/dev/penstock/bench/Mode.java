// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

/** What a request asks of the fake provider, spelled in the model name so that it passes through any gateway. */
sealed interface Mode {

    /** @return the model name that selects this mode */
    String model();

    /** {@code events} content events as fast as they go out, {@code perWrite} of them in each write to the socket. */
    record Burst(int events, int perWrite) implements Mode {
        @Override
        public String model() {
            return "burst-" + events + "-" + perWrite;
        }
    }

    /** {@code events} content events at {@code perSecond}, each with the sender's clock; the first one at once. */
    record Paced(int events, int perSecond) implements Mode {
        @Override
        public String model() {
            return "paced-" + events + "-" + perSecond;
        }
    }

    /** A plain answer of one kilobyte. */
    record Unary() implements Mode {
        @Override
        public String model() {
            return "unary-1k";
        }
    }

    /** Head and one content event, then silence. */
    record Idle() implements Mode {
        @Override
        public String model() {
            return "idle";
        }
    }

    /** Content events without end, as fast as the reader takes them. */
    record Flood() implements Mode {
        @Override
        public String model() {
            return "flood";
        }
    }

    /** The request is read and never answered. */
    record Silent() implements Mode {
        @Override
        public String model() {
            return "silent";
        }
    }

    /** Head and role event, no content. */
    record Preamble() implements Mode {
        @Override
        public String model() {
            return "preamble";
        }
    }

    /** Reads a model name with or without a provider's prefix. */
    static Mode parse(String name) {
        String[] parts = name.substring(name.lastIndexOf('/') + 1).split("-", -1);
        return switch (parts[0]) {
            case "burst" -> new Burst(Integer.parseInt(parts[1]), parts.length > 2 ? Integer.parseInt(parts[2]) : 1);
            case "paced" -> new Paced(Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
            case "unary" -> new Unary();
            case "idle" -> new Idle();
            case "flood" -> new Flood();
            case "silent" -> new Silent();
            case "preamble" -> new Preamble();
            default -> throw new IllegalArgumentException("no such mode: " + name);
        };
    }
}
