// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.Invoice.Measure;
import dev.penstock.Invoice.Place;
import java.time.LocalDate;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InvoiceTest {

    private static final LocalDate DAY = LocalDate.parse("2026-11-21");

    @Test
    void openAisExportOfUsageIsKnownByItsColumns() {
        Invoice invoice = Invoice.read("""
                start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,model,batch,input_tokens,output_tokens,input_cached_tokens
                1795219200,1795222800,2026-11-21T00:00:00+00:00,2026-11-21T01:00:00+00:00,p,3.0,gpt-4o-2024-08-06,False,100,20,50
                1795222800,1795226400,2026-11-21T01:00:00+00:00,2026-11-21T02:00:00+00:00,,,,,,,
                1795222800,1795226400,2026-11-21T23:00:00+00:00,2026-11-22T00:00:00+00:00,p,1.0,gpt-4o-2024-08-06,False,10,2,0
                """, Map.of());

        assertThat(invoice.measures()).containsExactly(Measure.REQUESTS, Measure.INPUT, Measure.OUTPUT);
        assertThat(invoice.sums()).containsOnlyKeys(new Place(DAY, "gpt-4o"));
        assertThat(invoice.sums().get(new Place(DAY, "gpt-4o"))).containsExactly(4, 110, 22, 0);
    }

    @Test
    void anthropicsExportAddsUpTheClassesOfItsInput() {
        Invoice invoice = Invoice.read("""
                usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count
                2026-11-21,claude-sonnet-4-20250514,"a, b",Default,standard,small,1,20,300,4000,7,0
                """, Map.of());

        assertThat(invoice.sums().get(new Place(DAY, "claude-sonnet-4"))).containsExactly(0, 4321, 7, 0);
    }

    @Test
    void othersAreReadByTheColumnsThatAreNamed() {
        Invoice invoice = Invoice.read(
                "day,name,paid\n2026-11-21 10:00:00,x,$0.25\n1795262400,x,0.000000001\n",
                Map.of("day", "day", "model", "name", "cost", "paid"));

        assertThat(invoice.sums().get(new Place(DAY, "x"))[Measure.COST.ordinal()])
                .isEqualTo(250_000_001L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a,b;1,2 | neither those of OpenAI's",
                "usage_date_utc,model_version;x,y | \"usage_",
                "day,n;2026-11-21,1,2 | row 1 below the head has 3 cells (expected: 2",
                "day,n;2026-11-21,x | row 1 below the head has something else where a number",
                "day,n;2026-11-21,1e99999999 | row 1 below the head has something else where a number",
                "day,n;soon,1 | row 1 below the head has no day",
                "day,n,n;2026-11-21,1,2 | \"n\" is there more than once"
            })
    void whatIsWrongWithATableIsSaid(String text, String expected) {
        Map<String, String> map = text.startsWith("day") ? Map.of("day", "day", "input", "n") : Map.of();
        assertThatThrownBy(() -> Invoice.read(text.replace(';', '\n'), map))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void whatNoColumnTellsIsAskedFor() {
        assertThatThrownBy(() -> Invoice.read("a\n1\n", Map.of("input", "a"))).hasMessageContaining("day=COLUMN");
        assertThatThrownBy(() -> Invoice.read("a\n1\n", Map.of("day", "a"))).hasMessageContaining("what was used");
        assertThatThrownBy(() -> Invoice.read("a\n1\n", Map.of("tag", "a"))).hasMessageContaining("tag");
        assertThatThrownBy(() -> Invoice.read("", Map.of())).hasMessageContaining("empty");
    }
}
