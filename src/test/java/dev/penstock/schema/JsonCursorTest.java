// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonCursorTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{}|{}",
                "{\"a\":[1,2]}|{\"a\":[1,2]}",
                "{ \"a\" : [ 1 ,\t2 ] }|{\"a\":[1,2]}",
                "{\"a b\": \" c \\\" d \\\\\"}|{\"a b\":\" c \\\" d \\\\\"}",
                "[\"\\\\\", \"\u00fc \\u00fc\"]|[\"\\\\\",\"\u00fc \\u00fc\"]",
                "\"x y\"|\"x y\"",
                "-1.5e-7|-1.5e-7"
            })
    void theTextOfAValueHasNoSpaceBetweenItsTokensAndAllOfItInStrings(String json, String compact) {
        byte[] bytes = ("..." + json + ",  1").getBytes(StandardCharsets.UTF_8);
        JsonCursor cursor = new JsonCursor();
        cursor.on(bytes, 3, bytes.length, true);

        assertThat(cursor.skipValue()).isTrue();

        assertThat(cursor.textSince(3)).isEqualTo(compact);
    }
}
