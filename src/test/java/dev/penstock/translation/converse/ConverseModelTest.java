// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConverseModelTest {

    @ParameterizedTest
    @CsvSource({
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0, CLAUDE, 45",
        "anthropic.claude-sonnet-4-20250514-v1:0, CLAUDE, 40",
        "anthropic.claude-3-7-sonnet-20250219-v1%3A0, CLAUDE, 37",
        "anthropic.claude-3-haiku-20240307-v1:0, CLAUDE, 30",
        "anthropic.claude-opus-4-1-20250805-v1:0, CLAUDE, 41",
        "anthropic.claude-opus-4-6-v1, CLAUDE, 46",
        "global.anthropic.claude-sonnet-5, CLAUDE, 50",
        "anthropic.claude-instant-v1, CLAUDE, 0",
        "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0, CLAUDE, 45",
        "us.amazon.nova-2-lite-v1:0, NOVA, 0",
        "us.meta.llama3-3-70b-instruct-v1:0, OTHER, 0",
        "openai.gpt-oss-120b-1:0, OTHER, 0",
        "amazon.titan-text-lite-v1, OTHER, 0",
        "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc, UNKNOWN, 0"
    })
    void readsTheVendorAndTheGenerationOffTheId(String id, ConverseModel.Vendor vendor, int generation) {
        assertThat(ConverseModel.of(id)).isEqualTo(new ConverseModel(vendor, generation));
    }
}
