// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageTypeTest {

    @ParameterizedTest
    @CsvSource({
        "image/png, PNG",
        "IMAGE/PNG, PNG",
        "'image/jpeg; charset=utf-8', JPEG",
        "image/jpg, JPEG",
        "' image/gif ', GIF",
        "image/webp;q=1, WEBP"
    })
    void readsWhatAHostSays(String contentType, ImageType type) {
        assertThat(ImageType.of(contentType)).isEqualTo(type);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "image",
                "image/*",
                "image/svg+xml",
                "image/bmp",
                "image/pngx",
                "text/html",
                "application/octet-stream",
                "text/html; image/png"
            })
    void allElseIsNoImage(String contentType) {
        assertThat(ImageType.of(contentType)).isNull();
    }

    @Test
    void eachBeginsInItsOwnWay() {
        String[] begins = {"\u0089PNG\r\n\u001a\n....", "\u00ff\u00d8\u00ff\u00e0....", "GIF89a....", "RIFF....WEBPVP8 "
        };
        for (ImageType type : ImageType.values()) {
            for (int i = 0; i < begins.length; i++) {
                byte[] bytes = begins[i].getBytes(StandardCharsets.ISO_8859_1);
                assertThat(type.begins(bytes)).isEqualTo(i == type.ordinal());
            }
            assertThat(type.begins(new byte[0])).isFalse();
            assertThat(type.begins("<svg xmlns".getBytes(StandardCharsets.UTF_8)))
                    .isFalse();
            assertThat(type.begins("RIFF....AVI ".getBytes(StandardCharsets.UTF_8)))
                    .isFalse();
        }
        assertThat(ImageType.GIF.begins("GIF87a".getBytes(StandardCharsets.UTF_8)))
                .isTrue();
    }
}
