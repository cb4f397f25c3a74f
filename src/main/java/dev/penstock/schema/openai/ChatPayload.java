// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import dev.penstock.exchange.Usage;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * What Penstock reads of one JSON object of a chat answer, be it a chunk of a stream or a whole answer, and what it remembers
 * of all objects of one answer. Only the keys of the envelope and of {@code choices[]} are looked at; everything else is
 * skipped. What an object said counts only when the whole object was readable, so a second look at the same bytes, after a
 * first that failed, counts nothing twice.
 *
 * <p>Deviations covered (each has a golden file in the tests): no or null {@code choices} (Azure's first chunk), a choice
 * without {@code delta} (Azure's filter-only chunks), {@code delta} and {@code message} together (Perplexity repeats the whole
 * message), {@code delta} and {@code text} together (Together), content as an array of parts (Mistral), empty strings for
 * "absent" (Snowflake), usage in {@code x_groq} (Groq), flat errors (vLLM), repeated finish reasons (OpenRouter).
 */
final class ChatPayload {

    private static final int MAX_CHOICE_INDEX = 4095;
    private static final int MAX_HEAD = 4096;
    private static final int NONE = -1;
    private static final byte[][] FINISH_BYTES = {
        Keys.bytes("stop"),
        Keys.bytes("length"),
        Keys.bytes("tool_calls"),
        Keys.bytes("content_filter"),
        Keys.bytes("function_call")
    };
    private static final String[] FINISH_WORDS = {"stop", "length", "tool_calls", "content_filter", "function_call"};

    private final JsonCursor json = new JsonCursor();

    // The object under the cursor; taken over by commit().
    private int flags;
    private int choiceCount;
    private long objectBytes;
    private @Nullable String objectFinish;
    private UsageCounts objectUsage = new UsageCounts();
    private boolean objectHasUsage;
    private long objectSeen;
    private long objectFinished;
    private final BitSet objectManySeen = new BitSet(0);
    private final BitSet objectManyFinished = new BitSet(0);

    // The choice under the cursor, and its delta or message.
    private final long[] choiceIndex = new long[1];
    private @Nullable String choiceFinish;
    private boolean choiceHasDelta;
    private int choiceFlags;
    private long choiceBytes;
    private int partFlags;
    private long partBytes;
    private long partReasoning;

    // The head of the last chunk of plain content: everything from the brace to the quote that opens the text.
    private byte[] head = new byte[0];
    private int headLength;
    private long headIndex;
    private int candidateTo;
    private long candidateIndex;

    // The answer so far.
    private long contentBytes;
    private @Nullable String finishReason;
    private UsageCounts lastUsage = new UsageCounts();
    private boolean usageKnown;
    private long seen;
    private long finished;
    /** Choices from 64 on: more than any reference allows, so these stay empty. */
    private final BitSet manySeen = new BitSet(0);

    private final BitSet manyFinished = new BitSet(0);

    /**
     * Reads the object in {@code bytes[from, to)} and returns flags of {@link ChatEventReader}. In a whole text line ends are
     * white space; otherwise the object must stand in one line of an event stream, and be followed by nothing but line ends.
     *
     * @return the flags; {@link ChatEventReader#MALFORMED} alone when this is no JSON object
     */
    int read(byte[] bytes, int from, int to, boolean wholeText) {
        boolean known = !wholeText && beginsWithHead(bytes, from, to);
        json.on(bytes, known ? from + headLength : from, to, wholeText);
        candidateTo = NONE;
        flags = 0;
        choiceCount = 0;
        objectBytes = 0;
        objectFinish = null;
        objectHasUsage = false;
        objectSeen = 0;
        objectFinished = 0;
        objectManySeen.clear();
        objectManyFinished.clear();
        boolean readable = known ? afterHead() : json.peek() == '{' && object();
        if (!readable || !json.onlySpaceFollows()) {
            return ChatEventReader.MALFORMED;
        }
        commit();
        if (candidateTo != NONE && !wholeText && flags == ChatEventReader.CONTENT) {
            keepHead(bytes, from);
        }
        return flags;
    }

    // ------------------------------------------------------------------ the head that repeats

    private boolean beginsWithHead(byte[] bytes, int from, int to) {
        return headLength > 0
                && to - from > headLength
                && Arrays.equals(bytes, from, from + headLength, head, 0, headLength);
    }

    /**
     * Continues at the quote that opens {@code choices[0].delta.content}. The chunks of an answer differ in nothing before it, and
     * the same bytes lead to the same place, so one comparison stands for reading them again: 255 down to 95 ns of CPU for a chunk
     * of 300 bytes ({@code ChatEventBenchmark}). Only a head that meant nothing by itself is kept.
     */
    private boolean afterHead() {
        beginChoice();
        choiceIndex[0] = headIndex;
        choiceHasDelta = true;
        beginPart();
        if (!partText(ChatEventReader.CONTENT, true) || !partMembers(json.nextMember())) {
            return false;
        }
        takePart();
        if (!choiceMembers(json.nextMember())) {
            return false;
        }
        choiceCount++;
        return choiceElements(json.nextElement()) && objectMembers(json.nextMember());
    }

    /** At the text of a delta: whether all that was read so far of this object would be read the same way again. */
    private void noteCandidate() {
        boolean nothingYet = flags == 0 && !objectHasUsage && choiceCount == 0 && choiceFinish == null;
        boolean nothingInPart = partFlags == 0 && partBytes == 0 && partReasoning == 0;
        if (choiceHasDelta && nothingYet && nothingInPart && json.peek() == '"' && candidateTo == NONE) {
            candidateTo = json.at();
            candidateIndex = choiceIndex[0];
        }
    }

    private void keepHead(byte[] bytes, int from) {
        int length = candidateTo - from;
        if (length > MAX_HEAD) {
            return;
        }
        if (head.length < length) {
            head = new byte[length];
        }
        System.arraycopy(bytes, from, head, 0, length);
        headLength = length;
        headIndex = candidateIndex;
    }

    private void commit() {
        contentBytes += objectBytes;
        seen |= objectSeen;
        finished |= objectFinished;
        if (!objectManySeen.isEmpty()) {
            manySeen.or(objectManySeen);
            manyFinished.or(objectManyFinished);
        }
        if (objectFinish != null) {
            finishReason = objectFinish;
        }
        if (objectHasUsage) {
            flags |= choiceCount == 0 ? ChatEventReader.USAGE | ChatEventReader.USAGE_ONLY : ChatEventReader.USAGE;
            if (objectUsage.known()) {
                UsageCounts spare = lastUsage;
                lastUsage = objectUsage;
                objectUsage = spare;
                usageKnown = true;
            }
        }
        if ((flags & ChatEventReader.ERROR) != 0) {
            // An error may bring usage along; it is never the chunk that only brings usage.
            flags &= ~ChatEventReader.USAGE_ONLY;
        }
    }

    // ------------------------------------------------------------------ the answer so far

    @Nullable
    Usage usage() {
        return usageKnown ? lastUsage.toUsage() : null;
    }

    @Nullable
    String finishReason() {
        return finishReason;
    }

    long contentBytes() {
        return contentBytes;
    }

    boolean allChoicesFinished() {
        boolean any = seen != 0 || !manySeen.isEmpty();
        return any && finished == seen && manyFinished.equals(manySeen);
    }

    /** The choices that have begun and not ended, one bit for each; of those from 64 on nothing is said. */
    long openChoices() {
        return seen & ~finished;
    }

    void reset() {
        headLength = 0;
        contentBytes = 0;
        finishReason = null;
        usageKnown = false;
        seen = 0;
        finished = 0;
        manySeen.clear();
        manyFinished.clear();
    }

    // ------------------------------------------------------------------ the envelope

    private boolean object() {
        json.enter();
        return objectMembers(json.firstMember());
    }

    private boolean objectMembers(int first) {
        int state = first;
        while (state == JsonCursor.MORE) {
            if (!member()) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean member() {
        return switch (json.keyLength()) {
            case 5 -> json.keyIs(Keys.USAGE) ? usageObject() : json.keyIs(Keys.ERROR) ? error() : json.skipValue();
            case 6 -> json.keyIs(Keys.X_GROQ) ? groq() : json.keyIs(Keys.OBJECT) ? objectType() : json.skipValue();
            case 7 -> json.keyIs(Keys.CHOICES) ? choices() : json.skipValue();
            default -> json.skipValue();
        };
    }

    private boolean usageObject() {
        if (json.peek() != '{') {
            return json.skipValue();
        }
        objectHasUsage = true;
        return objectUsage.read(json);
    }

    /** An error is what both official clients raise on: a value that neither Python nor JavaScript takes for false. */
    private boolean error() {
        int first = json.peek();
        int from = json.at();
        if (!json.skipValue()) {
            return false;
        }
        boolean emptyString = first == '"' && json.stringLength() == 0;
        boolean zero = first == '0' && json.at() - from == 1;
        if (first != 'n' && first != 'f' && !emptyString && !zero) {
            flags |= ChatEventReader.ERROR;
        }
        return true;
    }

    /** Older vLLM and Mistral: {@code {"object":"error","message":...}} without an {@code error} key. */
    private boolean objectType() {
        if (json.peek() != '"') {
            return json.skipValue();
        }
        boolean ok = json.string();
        if (ok && json.stringIs(Keys.ERROR)) {
            flags |= ChatEventReader.ERROR;
        }
        return ok;
    }

    /** Groq: usage and a late error stand in {@code x_groq}. */
    private boolean groq() {
        if (json.peek() != '{') {
            return json.skipValue();
        }
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            boolean ok = json.keyIs(Keys.USAGE) ? usageObject() : json.keyIs(Keys.ERROR) ? error() : json.skipValue();
            if (!ok) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    // ------------------------------------------------------------------ choices

    private boolean choices() {
        if (json.peek() != '[') {
            return json.skipValue();
        }
        json.enter();
        return choiceElements(json.firstElement());
    }

    private boolean choiceElements(int first) {
        int state = first;
        while (state == JsonCursor.MORE) {
            boolean ok = json.peek() == '{' ? choice() : json.skipValue();
            if (!ok) {
                return false;
            }
            choiceCount++;
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    private boolean choice() {
        beginChoice();
        json.enter();
        return choiceMembers(json.firstMember());
    }

    private void beginChoice() {
        choiceIndex[0] = choiceCount;
        choiceFinish = null;
        choiceHasDelta = false;
        choiceFlags = 0;
        choiceBytes = 0;
    }

    private boolean choiceMembers(int first) {
        int state = first;
        while (state == JsonCursor.MORE) {
            if (!choiceMember()) {
                return false;
            }
            state = json.nextMember();
        }
        if (state != JsonCursor.END) {
            return false;
        }
        flags |= choiceFlags;
        objectBytes += choiceBytes;
        noteChoice((int) Math.min(choiceIndex[0], MAX_CHOICE_INDEX), choiceFinish);
        return true;
    }

    private boolean choiceMember() {
        if (json.keyIs(Keys.DELTA) && json.peek() == '{') {
            // What stands beside a delta repeats it: only the delta counts.
            choiceHasDelta = true;
            return part();
        }
        if (json.keyIs(Keys.FINISH_REASON) && json.peek() == '"') {
            boolean ok = json.string();
            choiceFinish = json.stringLength() > 0 ? finishWord() : choiceFinish;
            return ok;
        }
        if (json.keyIs(Keys.INDEX) && json.peek() != 'n') {
            return json.count(choiceIndex, 0);
        }
        if (json.keyIs(Keys.MESSAGE) && json.peek() == '{' && !choiceHasDelta) {
            return part();
        }
        if (json.keyIs(Keys.TEXT) && json.peek() == '"' && !choiceHasDelta) {
            boolean ok = json.text();
            choiceFlags |= json.textSeen() ? ChatEventReader.CONTENT : 0;
            choiceBytes = Math.max(choiceBytes, json.textBytes());
            return ok;
        }
        return json.skipValue();
    }

    private void noteChoice(int index, @Nullable String finish) {
        if (finish != null) {
            flags |= ChatEventReader.FINISH;
            objectFinish = index == 0 ? finish : objectFinish;
        }
        if (index < Long.SIZE) {
            objectSeen |= 1L << index;
            objectFinished |= finish == null ? 0 : 1L << index;
            return;
        }
        objectManySeen.set(index);
        if (finish != null) {
            objectManyFinished.set(index);
        }
    }

    private String finishWord() {
        for (int i = 0; i < FINISH_BYTES.length; i++) {
            if (json.stringIs(FINISH_BYTES[i])) {
                return FINISH_WORDS[i];
            }
        }
        return json.stringValue();
    }

    /** A delta or a message. */
    private boolean part() {
        beginPart();
        json.enter();
        boolean ok = partMembers(json.firstMember());
        takePart();
        return ok;
    }

    private void beginPart() {
        partFlags = 0;
        partBytes = 0;
        partReasoning = 0;
    }

    private void takePart() {
        choiceFlags = partFlags;
        choiceBytes = partBytes + partReasoning;
    }

    private boolean partMembers(int first) {
        int state = first;
        while (state == JsonCursor.MORE) {
            if (!partMember()) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean partMember() {
        if (json.keyIs(Keys.CONTENT) || json.keyIs(Keys.REFUSAL)) {
            noteCandidate();
            return partText(ChatEventReader.CONTENT, true);
        }
        if (isReasoning()) {
            boolean ok = partText(ChatEventReader.CONTENT, false);
            // Servers send the same reasoning under two names for older and newer clients.
            partReasoning = Math.max(partReasoning, json.textBytes());
            return ok;
        }
        if (json.keyIs(Keys.TOOL_CALLS)) {
            return toolCalls();
        }
        if (json.keyIs(Keys.FUNCTION_CALL)) {
            return partText(ChatEventReader.CONTENT | ChatEventReader.TOOL, true);
        }
        if (json.keyIs(Keys.AUDIO) || json.keyIs(Keys.IMAGES)) {
            return partText(ChatEventReader.CONTENT, true);
        }
        return json.skipValue();
    }

    private boolean isReasoning() {
        return json.keyIs(Keys.REASONING) || json.keyIs(Keys.REASONING_CONTENT) || json.keyIs(Keys.REASONING_DETAILS);
    }

    private boolean partText(int flag, boolean counts) {
        boolean ok = json.text();
        partFlags |= json.textSeen() ? flag : 0;
        partBytes += counts ? json.textBytes() : 0;
        return ok;
    }

    /** The first fragment of a call may hold an id alone: any element of the array is content. */
    private boolean toolCalls() {
        boolean array = json.peek() == '[';
        int from = json.at();
        boolean ok = json.text();
        partBytes += json.textBytes();
        if (ok && array && !json.isEmptySince(from)) {
            partFlags |= ChatEventReader.CONTENT | ChatEventReader.TOOL;
        }
        return ok;
    }
}
