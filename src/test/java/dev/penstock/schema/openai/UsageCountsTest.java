// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.Usage;
import dev.penstock.schema.JsonCursor;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class UsageCountsTest {

    @Test
    void detailsNestedInDetailsWithoutEndDoNotUseUpTheStack() {
        int deep = 50_000;
        String nested = "{\"prompt_tokens\":7,\"completion_tokens\":3,\"prompt_tokens_details\":"
                + "{\"prompt_tokens_details\":".repeat(deep) + "1" + "}".repeat(deep) + "}";
        byte[] bytes = nested.getBytes(StandardCharsets.UTF_8);
        JsonCursor json = new JsonCursor();
        json.on(bytes, 0, bytes.length, true);

        UsageCounts counts = new UsageCounts();
        // Whether such a thing is still JSON to the cursor is its own decision; it must come to one.
        if (counts.read(json)) {
            assertThat(counts.toUsage()).isEqualTo(Usage.reported(7, 0, 3, 0));
        } else {
            assertThat(json.at()).isLessThanOrEqualTo(bytes.length);
        }
    }

    @Test
    void detailsAreReadWhereTheyStand() {
        byte[] bytes =
                "{\"prompt_tokens\":7,\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":2},\"completion_tokens_details\":{\"reasoning_tokens\":1}}"
                        .getBytes(StandardCharsets.UTF_8);
        JsonCursor json = new JsonCursor();
        json.on(bytes, 0, bytes.length, true);

        UsageCounts counts = new UsageCounts();
        assertThat(counts.read(json)).isTrue();
        assertThat(counts.toUsage()).isEqualTo(Usage.reported(7, 2, 3, 1));
    }
}
