// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.nio.file.Path;

/**
 * One certificate for a listener.
 *
 * @param cert PEM file with the certificate chain
 * @param key PEM file with the private key (PKCS #8)
 */
public record TlsConfig(Path cert, Path key) {}
