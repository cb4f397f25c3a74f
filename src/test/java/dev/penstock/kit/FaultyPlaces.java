// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import dev.penstock.kit.ProviderSimulator.Transport;
import io.vertx.core.net.KeyCertOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * One address for each place where a {@link Fault} can happen: a simulator with every scripted fault under its model name, a
 * port that refuses, a port that swallows SYNs, and a TLS port whose certificate nobody trusts. A gateway needs one provider
 * for each {@link #baseUrl}, and then reaches every row of the matrix by a model name.
 */
public final class FaultyPlaces implements AutoCloseable {

    private final ProviderSimulator simulator;
    private final RefusedPort refused;
    private final BlackHole blackHole;

    private FaultyPlaces(KeyCertOptions untrusted, Transport... transports) throws IOException {
        Transport[] all = Stream.concat(Arrays.stream(transports), Stream.of(Transport.HTTPS_1_1))
                .distinct()
                .toArray(Transport[]::new);
        this.refused = RefusedPort.open();
        this.blackHole = BlackHole.open();
        this.simulator = ProviderSimulator.builder()
                .transports(all)
                .certificate(untrusted)
                .start();
        Fault.register(simulator);
    }

    /**
     * Opens all places.
     *
     * @param untrusted a certificate that the gateway under test has no reason to trust
     * @param transports how the scripted faults can be reached
     */
    public static FaultyPlaces open(KeyCertOptions untrusted, Transport... transports) {
        try {
            return new FaultyPlaces(untrusted, transports);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ProviderSimulator simulator() {
        return simulator;
    }

    /** The base URL of the provider at which the fault happens. */
    public String baseUrl(Fault.Place place, Transport transport) {
        return switch (place) {
            case REFUSED -> "http://127.0.0.1:" + refused.port() + "/v1";
            case BLACK_HOLE -> "http://127.0.0.1:" + blackHole.port() + "/v1";
            case UNTRUSTED_TLS -> simulator.baseUrl(Transport.HTTPS_1_1);
            case SCRIPT -> simulator.baseUrl(transport);
        };
    }

    @Override
    public void close() {
        simulator.close();
        try {
            blackHole.close();
            refused.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
