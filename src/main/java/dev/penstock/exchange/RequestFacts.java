// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/**
 * What a decision may know of a request without spending a token. What is dear to find out is found out when somebody asks.
 * Lives on the event loop of its exchange.
 */
public interface RequestFacts {

    /** The name that the client sent. */
    String model();

    /** The schema that the client speaks. */
    ApiSchema schema();

    boolean stream();

    /** Estimated tokens of the prompt. */
    long tokens();

    /** Most tokens that the client wants in the answer; 0 where it sets no limit. */
    long maxTokens();

    /** Whether tools are offered to the model. */
    boolean tools();

    /** Whether the prompt has images. */
    boolean images();

    /** Whether the answer must have a certain form, such as a JSON schema. */
    boolean structured();

    /** Text of the last message of the user; empty where there is none. Content: for decisions and answers, never for a log. */
    String text();

    /** A number that is the same for requests with the same beginning of their prompt: instructions, tools, first message. */
    long prefixHash();

    /** The caller's tenant; empty where the key belongs to no tenant. */
    String tenant();

    /** Where the tenant's data must stay; empty where that is not said. */
    String region();

    /** The person behind the request as the caller names it, for stickiness only and never for rights; empty where unnamed. */
    String user();

    Priority priority();

    /** The facts of a request of which only the model's name is known. */
    static RequestFacts ofModel(String model) {
        return new OnlyModel(model);
    }

    /** Whatever nobody said. */
    record OnlyModel(String model) implements RequestFacts {
        @Override
        public ApiSchema schema() {
            return ApiSchema.OPENAI_CHAT;
        }

        @Override
        public boolean stream() {
            return false;
        }

        @Override
        public long tokens() {
            return 0;
        }

        @Override
        public long maxTokens() {
            return 0;
        }

        @Override
        public boolean tools() {
            return false;
        }

        @Override
        public boolean images() {
            return false;
        }

        @Override
        public boolean structured() {
            return false;
        }

        @Override
        public String text() {
            return "";
        }

        @Override
        public long prefixHash() {
            return 0;
        }

        @Override
        public String tenant() {
            return "";
        }

        @Override
        public String region() {
            return "";
        }

        @Override
        public String user() {
            return "";
        }

        @Override
        public Priority priority() {
            return Priority.INTERACTIVE;
        }
    }
}
