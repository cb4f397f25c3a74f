// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.core.CoreDsl.substring;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.sse;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.time.Duration;

/**
 * How does chat traffic feel from outside, when users come at their own rate and not when the gateway is ready for them?
 *
 * <p>{@code benchmarks/run gatling}. Open model: users arrive at a ramping, then constant rate; four in five ask for a stream of 20
 * events at 20 per second and wait for its terminal marker, one in five asks for a whole answer. No request may fail.
 */
public final class ChatSimulation extends Simulation {
    private static final String URL = System.getProperty("bench.url", "http://127.0.0.1:8080");
    private static final double RATE = Double.parseDouble(System.getProperty("bench.rate", "40"));
    private static final Duration STEADY = Duration.ofSeconds(Long.getLong("bench.seconds", 30));
    private static final Duration RAMP = Duration.ofSeconds(5);
    private static final int EVENTS = 20;

    private final HttpProtocolBuilder protocol =
            http.baseUrl(URL).contentTypeHeader("application/json").authorizationHeader("Bearer bench");

    private final ScenarioBuilder streaming = scenario("stream")
            .exec(
                    sse("ask for a stream")
                            .post("/v1/chat/completions")
                            .body(StringBody(body("paced-" + EVENTS + "-20", true)))
                            .await(10)
                            .on(sse.checkMessage("first content")
                                    .matching(substring("00000000 "))
                                    .check(substring("chat.completion.chunk")))
                            .await(20)
                            .on(sse.checkMessage("terminal marker")
                                    .matching(substring("[DONE]"))
                                    .check(substring("[DONE]"))),
                    sse("leave").close());

    private final ScenarioBuilder whole = scenario("whole answer")
            .exec(exec(http("ask for an answer")
                    .post("/v1/chat/completions")
                    .body(StringBody(body("unary-1k", false)))
                    .check(
                            status().is(200),
                            jsonPath("$.choices[0].finish_reason").is("stop"))));

    {
        setUp(
                        streaming.injectOpen(
                                rampUsersPerSec(1).to(RATE * 0.8).during(RAMP),
                                constantUsersPerSec(RATE * 0.8).during(STEADY)),
                        whole.injectOpen(
                                rampUsersPerSec(1).to(RATE * 0.2).during(RAMP),
                                constantUsersPerSec(RATE * 0.2).during(STEADY)))
                .protocols(protocol)
                .assertions(global().failedRequests().count().is(0L));
    }

    private static String body(String model, boolean stream) {
        return "{\"model\":\"bench/" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"How does chat traffic feel?\"}]}";
    }
}
