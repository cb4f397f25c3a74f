// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.NetworkBlock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is believed about the address of a caller. */
final class ClientAddressTest {

    private static ClientAddress behind(String... networks) {
        return new ClientAddress(Stream.of(networks).map(NetworkBlock::of).toList());
    }

    @Test
    void withoutProxiesTheConnectionCountsWhateverTheHeaderSays() {
        assertThat(ClientAddress.OF_CONNECTION.of("203.0.113.9", List.of("10.0.0.1")))
                .isEqualTo("203.0.113.9");
        assertThat(behind("10.0.0.0/8").of("203.0.113.9", List.of("198.51.100.1")))
                .isEqualTo("203.0.113.9");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "198.51.100.7                               | 198.51.100.7",
                "1.1.1.1, 198.51.100.7                      | 198.51.100.7",
                "10.0.0.5, 1.1.1.1, 198.51.100.7            | 198.51.100.7",
                "1.1.1.1, 198.51.100.7, 10.0.0.5            | 198.51.100.7",
                "198.51.100.7, 10.0.0.5, 10.9.9.9           | 198.51.100.7",
                "10.0.0.5                                   | 10.0.0.5",
                "198.51.100.7:4711                          | 198.51.100.7",
                "[2001:db8::7]:4711                         | 2001:db8:0:0:0:0:0:7",
                "2001:DB8::7                                | 2001:db8:0:0:0:0:0:7",
                "::ffff:198.51.100.7                        | 198.51.100.7",
                "198.51.100.7, ::ffff:10.0.0.5              | 198.51.100.7",
                "unknown                                    | 10.0.0.1",
                "1.1.1.1, unknown                           | 10.0.0.1",
                "1.1.1.1, _hidden, 10.0.0.5                 | 10.0.0.5",
                "'198.51.100.7, '                           | 10.0.0.1",
                "010.0.0.5                                  | 10.0.0.1",
                "localhost                                  | 10.0.0.1",
                "1.1.1.1; 198.51.100.7                      | 10.0.0.1",
                "''                                         | 10.0.0.1"
            })
    void theRightMostHopThatIsNoProxyCounts(String field, String client) {
        assertThat(behind("10.0.0.0/8").of("10.0.0.1", List.of(field))).isEqualTo(client);
    }

    @Test
    void severalLinesAreOneAndTheLastWordCounts() {
        ClientAddress addresses = behind("10.0.0.0/8", "fd00::/8");
        assertThat(addresses.of("fd00::1", List.of("1.1.1.1, 2.2.2.2", "3.3.3.3", "10.0.0.9")))
                .isEqualTo("3.3.3.3");
        assertThat(addresses.of("::ffff:10.0.0.1", List.of("3.3.3.3"))).isEqualTo("3.3.3.3");
        assertThat(addresses.of("fd00::1%eth0", List.of("3.3.3.3"))).isEqualTo("3.3.3.3");
        assertThat(addresses.of("10.0.0.1", List.of())).isEqualTo("10.0.0.1");
    }

    @Test
    void aFieldOfThousandsOfHopsIsNotReadToItsBeginning() {
        String field = "6.6.6.6" + ", 10.0.0.2".repeat(3000);
        assertThat(behind("10.0.0.0/8").of("10.0.0.1", List.of(field))).isEqualTo("10.0.0.2");
    }

    @Test
    void oneAddressHasOneSpelling() {
        assertThat(ClientAddress.OF_CONNECTION.of("::ffff:203.0.113.9", List.of()))
                .isEqualTo("203.0.113.9");
        assertThat(ClientAddress.OF_CONNECTION.of("2001:db8:0::1", List.of()))
                .isEqualTo(ClientAddress.OF_CONNECTION.of("2001:0DB8::0001", List.of()));
        assertThat(ClientAddress.OF_CONNECTION.of("a-socket-file", List.of())).isEqualTo("a-socket-file");
    }
}
