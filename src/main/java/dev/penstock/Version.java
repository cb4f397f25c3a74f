// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Properties;

/** What is running, from a file that the build writes. */
final class Version {

    private static final Properties BUILD = read();

    private Version() {}

    static String number() {
        return BUILD.getProperty("version", "dev");
    }

    static String commit() {
        return BUILD.getProperty("commit", "unknown");
    }

    /** The name of this node in logs: the host's, as containers and machines set it. */
    static String node() {
        String given = System.getenv("HOSTNAME");
        if (given != null && !given.isBlank()) {
            return given;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private static Properties read() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("/penstock-build.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            properties.clear();
        }
        return properties;
    }
}
