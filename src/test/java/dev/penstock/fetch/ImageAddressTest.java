// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.ConfigLoader;
import dev.penstock.config.FetchConfig;
import dev.penstock.config.LoadResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses on the web are followed, in all the spellings in which a forbidden one may come. */
final class ImageAddressTest {

    @TempDir
    private static Path folder;

    private static FetchConfig config;

    @BeforeAll
    static void load() throws Exception {
        Path file = folder.resolve("penstock.yaml");
        Files.writeString(file, """
                fetch:
                  hosts: [cdn.example.com, "*.images.example.com", "odd.example.com:8443", "http://plain.example.com",
                          "http://127.0.0.1:8080", "[2001:db8::7]"]
                """);
        LoadResult.Loaded loaded = (LoadResult.Loaded) new ConfigLoader(List.of(file), folder, Map.of(), null).load();
        config = loaded.snapshot().fetch();
    }

    @ParameterizedTest
    @CsvSource({
        "https://cdn.example.com/a.png, https://cdn.example.com/a.png",
        "https://cdn.example.com, https://cdn.example.com/",
        "https://cdn.example.com?a=b, https://cdn.example.com/?a=b",
        "HTTPS://CDN.Example.COM:443/A%20b.png?x=%2f, https://cdn.example.com/A%20b.png?x=%2f",
        "https://cdn.example.com:/a, https://cdn.example.com/a",
        "https://a.images.example.com/a, https://a.images.example.com/a",
        "https://a.b.images.example.com/a, https://a.b.images.example.com/a",
        "https://odd.example.com:8443/a, https://odd.example.com:8443/a",
        "http://plain.example.com/a, http://plain.example.com/a",
        "https://plain.example.com/a, https://plain.example.com/a",
        "http://127.0.0.1:8080/a, http://127.0.0.1:8080/a",
        "https://127.0.0.1:8080/a, https://127.0.0.1:8080/a",
        "https://[2001:DB8::7]/a, https://[2001:db8::7]/a"
    })
    void followed(String text, String inOneSpelling) {
        ImageAddress address = ImageAddress.read(text);
        assertThat(address).isNotNull();
        assertThat(address.isAllowed(config)).isTrue();
        assertThat(address.url()).hasToString(inOneSpelling);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // other names
                "https://example.com/a",
                "https://cdn.example.com.evil.test/a",
                "https://evilcdn.example.com/a",
                "https://images.example.com/a",
                "https://.images.example.com/a",
                "https://evilimages.example.com/a",
                "https://cdn.example.com./a",
                "https://cdn.example.com%2eevil.test/a",
                "https://cdn.example.com\\@evil.test/a",
                "https://evil.test\\.images.example.com/a",
                "https://evil.test#.images.example.com/a",
                "https://evil.test/?.images.example.com",
                "https://evil.test/.images.example.com",
                "https://c\u0501n.example.com/a",
                "https://cdn.example\u3002com/a",
                "https://cdn\u00ad.example.com/a",
                // users, ports, schemes, fragments
                "https://user@cdn.example.com/a",
                "https://user:pass@cdn.example.com/a",
                "https://@cdn.example.com/a",
                "https://cdn.example.com@evil.test/a",
                "https://cdn.example.com:8443/a",
                "https://cdn.example.com:80/a",
                "https://cdn.example.com:0/a",
                "https://cdn.example.com:99999/a",
                "https://cdn.example.com:-1/a",
                "https://odd.example.com/a",
                "http://cdn.example.com/a",
                "http://cdn.example.com:443/a",
                "http://plain.example.com:8080/a",
                "ftp://cdn.example.com/a",
                "file:///etc/passwd",
                "file://cdn.example.com/a",
                "gopher://cdn.example.com/a",
                "javascript:alert(1)",
                "data:image/png;base64,AAAA",
                "//cdn.example.com/a",
                "/a.png",
                "cdn.example.com/a",
                "https:cdn.example.com/a",
                "https:/cdn.example.com/a",
                "https:///cdn.example.com/a",
                "https://cdn.example.com/a#b",
                "https://cdn.example.com/a b",
                "https://cdn.example.com/a\r\nhost: evil.test",
                "https://cdn.example.com/\u00e4",
                " https://cdn.example.com/a",
                "",
                "https://",
                // addresses in every spelling
                "http://127.0.0.1/a",
                "http://127.1:8080/a",
                "http://127.0.1:8080/a",
                "http://2130706433:8080/a",
                "http://0x7f000001:8080/a",
                "http://0x7f.0.0.1:8080/a",
                "http://0177.0.0.1:8080/a",
                "http://017700000001:8080/a",
                "http://127.0.0.01:8080/a",
                "http://127.0.0.1.:8080/a",
                "http://0:8080/a",
                "http://0.0.0.0:8080/a",
                "http://localhost:8080/a",
                "http://\u2460\u2461\u2466.0.0.1:8080/a",
                "http://[::1]:8080/a",
                "http://[::ffff:127.0.0.1]:8080/a",
                "http://[::ffff:7f00:1]:8080/a",
                "http://[0:0:0:0:0:0:0:1]/a",
                "https://[2001:db8:0::7]/a",
                "https://[2001:db8::7%25eth0]/a",
                "https://[2001:db8::7%eth0]/a",
                "https://[2001:db8::7/a",
                "https://2001:db8::7/a",
                "https://169.254.169.254/latest/meta-data/",
                "https://2852039166/latest/meta-data/",
                "https://[::ffff:a9fe:a9fe]/",
                "https://[64:ff9b::a9fe:a9fe]/"
            })
    void notFollowed(String text) {
        ImageAddress address = ImageAddress.read(text);
        assertThat(address == null || !address.isAllowed(config)).isTrue();
    }

    @Test
    void notLongerThanAnyoneNeeds() {
        assertThat(ImageAddress.read("https://cdn.example.com/" + "a".repeat(4_000)))
                .isNotNull();
        assertThat(ImageAddress.read("https://cdn.example.com/" + "a".repeat(4_096)))
                .isNull();
    }

    @Test
    void onlyAnAddressIsALiteral() {
        assertThat(ImageAddress.read("https://cdn.example.com/a").literal()).isNull();
        assertThat(ImageAddress.read("http://127.0.0.1:8080/a").literal().getAddress())
                .containsExactly(127, 0, 0, 1);
        assertThat(ImageAddress.read("https://[2001:db8::7]/a").literal().getAddress())
                .hasSize(16);
    }
}
