// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

/** Numbers that spread well and are the same on every node and after every start, unlike those of the JDK's classes. */
final class Hash {

    private static final long SEED = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;

    private Hash() {}

    static long of(String text) {
        long hash = SEED;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * PRIME;
        }
        return mixed(hash);
    }

    static long of(long key, long target) {
        return mixed(key ^ Long.rotateLeft(mixed(target), 31));
    }

    /** The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit of the input moves half of the output's. */
    static long mixed(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** Above 0 and below 1. */
    static double unit(long hash) {
        return ((hash >>> 11) + 0.5) * 0x1.0p-53;
    }
}
