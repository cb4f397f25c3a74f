// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

/** Ids of messages: Anthropic's own stay, all others are made from the id of the exchange, so that they can be found again. */
final class MessageIds {

    private static final String PREFIX = "msg_";

    private MessageIds() {}

    static String fit(String id, String exchangeId) {
        return id.startsWith(PREFIX) ? ToolIds.fit(id) : PREFIX + exchangeId;
    }
}
