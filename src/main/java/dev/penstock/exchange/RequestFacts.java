// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/**
 * What a decision may know of a request without spending a token. What is dear to find out is found out when somebody asks; what
 * nobody said is what it is here.
 * Lives on the event loop of its exchange.
 */
public interface RequestFacts {

    /** The name that the client sent. */
    String model();

    /** The schema that the client speaks. */
    default ApiSchema schema() {
        return ApiSchema.OPENAI_CHAT;
    }

    default boolean stream() {
        return false;
    }

    /** Estimated tokens of the prompt. */
    default long tokens() {
        return 0;
    }

    /** Most tokens that the client wants in the answer; 0 where it sets no limit. */
    default long maxTokens() {
        return 0;
    }

    /** Whether tools are offered to the model. */
    default boolean tools() {
        return false;
    }

    /** Whether the prompt has images. */
    default boolean images() {
        return false;
    }

    /** Whether the answer must have a certain form, such as a JSON schema. */
    default boolean structured() {
        return false;
    }

    /** Text of the last message of the user; empty where there is none. Content: for decisions and answers, never for a log. */
    default String text() {
        return "";
    }

    /** A number that is the same for requests with the same beginning of their prompt: instructions, tools, first message. */
    default long prefixHash() {
        return 0;
    }

    /** The caller's tenant; empty where the key belongs to no tenant. */
    default String tenant() {
        return "";
    }

    /** Where the tenant's data must stay; empty where that is not said. */
    default String region() {
        return "";
    }

    /** The person behind the request as the caller names it, for stickiness only and never for rights; empty where unnamed. */
    default String user() {
        return "";
    }

    default Priority priority() {
        return Priority.INTERACTIVE;
    }

    /** The facts of a request of which only the model's name is known. */
    static RequestFacts ofModel(String model) {
        return new OnlyModel(model);
    }

    /** Of which nobody said anything else. */
    record OnlyModel(String model) implements RequestFacts {}
}
