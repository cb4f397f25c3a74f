// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.GatewayProcess;
import dev.penstock.kit.PromptedAnswer;
import dev.penstock.kit.ProviderProgram;
import dev.penstock.kit.chaos.Caller;
import dev.penstock.kit.chaos.ClientCall;
import dev.penstock.kit.chaos.Schedule;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ChaosTest {

    private static final List<String> NODES = List.of("a", "b", "c");
    private static final List<String> PROVIDERS = List.of("A", "B");

    @Test
    void drawsTheSameScheduleFromTheSameSeed() {
        Schedule one = Schedule.draw(11, Duration.ofMinutes(2), NODES, PROVIDERS);

        assertThat(Schedule.draw(11, Duration.ofMinutes(2), NODES, PROVIDERS)).isEqualTo(one);
        assertThat(Schedule.draw(12, Duration.ofMinutes(2), NODES, PROVIDERS)).isNotEqualTo(one);
        assertThat(one.text()).contains("KillNode").contains("KillProvider").contains("Part");
    }

    @Test
    void knowsNoMishapThatPartsANodeFromItself() {
        for (int nodes = 2; nodes <= 3; nodes++) {
            Schedule schedule = Schedule.draw(5, Duration.ofMinutes(20), NODES.subList(0, nodes), PROVIDERS);

            assertThat(schedule.steps())
                    .extracting(Schedule.Step::deed)
                    .filteredOn(Schedule.Deed.Part.class::isInstance)
                    .map(Schedule.Deed.Part.class::cast)
                    .isNotEmpty()
                    .allSatisfy(part -> assertThat(part.one()).isNotEqualTo(part.other()));
        }
    }

    @Test
    void seesACompleteAnswerACutOneAndARefusedConnectionForWhatTheyAre() {
        try (GatewayProcess provider = GatewayProcess.ofMain(ProviderProgram.class)
                .arguments("A", "0", "5")
                .start()) {
            Caller caller = new Caller(provider.api().getPort(), Duration.ofSeconds(20), port -> "A");

            ClientCall stream = caller.ask(new Caller.Question("s", "m", "tell me", true, false));
            ClientCall whole = caller.ask(new Caller.Question("w", "m", "tell me", false, false));
            ClientCall left = caller.ask(new Caller.Question("l", "m", "tell me", true, true));

            assertThat(stream.looksComplete()).isTrue();
            assertThat(stream.textHash()).isEqualTo(stream.expectedHash());
            assertThat(stream.chars())
                    .isEqualTo(PromptedAnswer.textFor("tell me").length());
            assertThat(whole.looksComplete()).isTrue();
            assertThat(whole.textHash()).isEqualTo(stream.textHash());
            assertThat(left.ending()).isEqualTo(ClientCall.Ending.LEFT);

            provider.kill().awaitExit(Duration.ofSeconds(20));
            assertThat(caller.ask(new Caller.Question("r", "m", "tell me", true, false))
                            .ending())
                    .isEqualTo(ClientCall.Ending.REFUSED);
        }
    }
}
