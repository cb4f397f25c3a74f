// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.HeadReader;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Reads the head of a messages request (model, stream, the inputs of an estimate) and changes its model name.
 * {@link #read(byte[])} is the door.
 */
public final class MessagesRequestReader extends HeadReader {

    /** Up to here copying is cheaper than two more buffers on their way to the socket. */
    static final int COPY_UP_TO = 16 * 1024;

    private static final Set<String> ONCE = Set.of("model", "stream", "messages", "max_tokens", "system");

    private boolean stream;
    private boolean messages;
    private boolean limited;
    private long maxTokens;

    private MessagesRequestReader(byte[] body, JsonParser json) {
        super(body, json, ONCE);
    }

    /**
     * Reads the head of a body.
     *
     * @throws GatewayError INVALID_REQUEST with the place in the body, and the field when it is a field's fault
     */
    public static MessagesRequestHead read(byte[] body) {
        return read(body, true);
    }

    /** The same for a request whose tokens are to be counted: it needs no {@code max_tokens}. */
    public static MessagesRequestHead readToCount(byte[] body) {
        return read(body, false);
    }

    private static MessagesRequestHead read(byte[] body, boolean needsMaxTokens) {
        return read(body, json -> new MessagesRequestReader(body, json).head(needsMaxTokens));
    }

    /**
     * Replaces the model name; the rest of the body survives byte for byte. Large bodies are not copied: the pieces are views.
     *
     * @param body the client's body, unchanged since {@code head} was read from it
     * @param model the provider's name of the model
     * @return the pieces to send, in order
     */
    public static List<Buffer> splice(byte[] body, MessagesRequestHead head, String model) {
        if (head.model().equals(model)) {
            return List.of(view(body, 0, body.length));
        }
        byte[] name = quoted(model);
        int rest = body.length - head.modelTo();
        if (body.length > COPY_UP_TO) {
            return List.of(
                    view(body, 0, head.modelFrom()), view(name, 0, name.length), view(body, head.modelTo(), rest));
        }
        byte[] out = new byte[head.modelFrom() + name.length + rest];
        System.arraycopy(body, 0, out, 0, head.modelFrom());
        System.arraycopy(name, 0, out, head.modelFrom(), name.length);
        System.arraycopy(body, head.modelTo(), out, head.modelFrom() + name.length, rest);
        return List.of(view(out, 0, out.length));
    }

    /** {@code Buffer.buffer(byte[])} copies; wrapping needs the internal door of the same library. */
    private static Buffer view(byte[] bytes, int from, int length) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, from, length));
    }

    private static byte[] quoted(String value) {
        byte[] escaped = JsonStringEncoder.getInstance().quoteAsUTF8(value);
        byte[] out = new byte[escaped.length + 2];
        out[0] = '"';
        System.arraycopy(escaped, 0, out, 1, escaped.length);
        out[out.length - 1] = '"';
        return out;
    }

    private MessagesRequestHead head(boolean needsMaxTokens) throws IOException {
        readFields();
        String model = model();
        if (!messages) {
            throw missing("messages");
        }
        if (needsMaxTokens && !limited) {
            throw missing("max_tokens");
        }
        return new MessagesRequestHead(model, stream, promptBytes(), maxTokens, modelFrom(), modelTo());
    }

    @Override
    protected void field(String name, JsonToken value) throws IOException {
        switch (name) {
            case "stream" -> stream = flag(name, value);
            case "messages" -> {
                messages(value);
                messages = true;
            }
            case "max_tokens" -> {
                // 0 is allowed: it warms the prompt cache.
                maxTokens = integer(name, value, 0, Integer.MAX_VALUE);
                limited = true;
            }
            case "system" -> countText();
            case "tools" -> countAll();
            default -> json.skipChildren();
        }
    }
}
