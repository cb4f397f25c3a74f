// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The string forms of the rules; {@link Http2EdgeTest} sends the same things as frames. */
final class RequestChecksTest {

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1/models", "/a?b=c%20d", "*", "/~x;y=(z)!"})
    void acceptsTargets(String target) {
        assertThat(RequestHead.isTarget(target)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "v1",
                "http://a/",
                "/a b",
                "/a\r\nX: y",
                "/a\0",
                "/a#b",
                "/ä",
                "/%",
                "/%0",
                "/%0a",
                "/%zz",
                "/\u0141"
            })
    void refusesTargets(String target) {
        assertThat(RequestHead.isTarget(target)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a:80", "127.0.0.1:65535", "[::1]", "[::1]:8080", "my_service"})
    void acceptsAuthorities(String authority) {
        assertThat(RequestHead.isHost(authority)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":80", "a:", "a:x", "a:65536", "u@a", "a/b", "a b", "[::1", "[]", "a,b", "\u0161"})
    void refusesAuthorities(String authority) {
        assertThat(RequestHead.isHost(authority)).isFalse();
    }

    @Test
    void knowsValuesAndNames() {
        assertThat(RequestHead.isValue("a\tb \u00fc")).isTrue();
        assertThat(RequestHead.isValue("a\rb")).isFalse();
        assertThat(RequestHead.isValue("a\nb")).isFalse();
        assertThat(RequestHead.isValue("a\0b")).isFalse();
        assertThat(RequestHead.isValue("\u010a"))
                .as("must not become a line feed")
                .isFalse();
        assertThat(RequestHead.isToken("x-a")).isTrue();
        assertThat(RequestHead.isToken("")).isFalse();
        assertThat(RequestHead.isToken("x a")).isFalse();
    }
}
