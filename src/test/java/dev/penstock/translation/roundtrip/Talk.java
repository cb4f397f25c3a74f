// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Picture;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Reply;
import dev.penstock.translation.roundtrip.Turn.Who;
import dev.penstock.translation.roundtrip.Turn.Words;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Makes conversations: the same one for the same seed. */
final class Talk {

    /** What other gateways have broken: halves of pairs, controls, quotes, line ends that only JavaScript knows, marks that join. */
    private static final String[] WORDS = {
        "Wie",
        " breit",
        " ist",
        " das Wehr",
        "?",
        " 😀",
        " \uD83D\uDC68\u200D\uD83D\uDC69",
        " \"so\"",
        " \\n",
        "\n",
        "\t",
        " \u2028",
        " \u0001",
        " שלום",
        " data: [DONE]",
        " {}",
        " é",
        " ﷽",
        "</think>",
        " event: error",
        " 漢字"
    };

    private static final String[] TOOLS = {"get_weather", "open-gate"};

    final Random random;
    private int made;

    Talk(long seed) {
        random = new Random(seed);
    }

    /** The functions that every conversation offers, with what a schema may hold that nobody here knows. */
    static List<ObjectNode> tools() {
        List<ObjectNode> tools = new ArrayList<>();
        for (String name : TOOLS) {
            tools.add(
                    (ObjectNode)
                            Wire.read(
                                    "{\"name\":\"" + name + "\",\"description\":\"Öffnet \\\"" + name
                                            + "\\\"\",\"schema\":{\"type\":\"object\",\"properties\":{\"z\":{\"type\":\"string\",\"x-order\":2.50},"
                                            + "\"a\":{\"type\":\"array\",\"items\":{\"type\":\"number\"}}},\"required\":[\"z\"],\"additionalProperties\":false}}"));
        }
        return tools;
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** Never blank, and never with white space at its ends: some providers refuse that, so writers may take it off. */
    String words() {
        StringBuilder text = new StringBuilder("w" + made++);
        int count = random.nextInt(8);
        for (int i = 0; i < count; i++) {
            text.append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.append('.').toString();
    }

    /** Base64 with all its letters. */
    String seal() {
        byte[] bytes = new byte[3 + random.nextInt(60)];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    String token(int length) {
        String letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }

    String tool() {
        return TOOLS[random.nextInt(TOOLS.length)];
    }

    JsonNode arguments() {
        ObjectNode arguments = Wire.object();
        if (chance(25)) {
            return arguments;
        }
        arguments.put("z", words());
        if (chance(50)) {
            arguments.set("a", Wire.read("[1.50,12345678901234567890,-0.0000001,true,null]"));
        }
        if (chance(30)) {
            arguments.putObject("deep").putArray("er").addObject().put("}\"{", words());
        }
        return arguments;
    }

    /** Instructions, then some rounds of calls that were answered elsewhere, then the user. */
    List<Turn> beginning() {
        List<Turn> turns = new ArrayList<>();
        if (chance(80)) {
            turns.add(new Turn(Who.SYSTEM, List.of(new Words(words()))));
        }
        turns.add(new Turn(Who.USER, said()));
        int rounds = random.nextInt(3);
        for (int i = 0; i < rounds; i++) {
            List<Ask> asks = new ArrayList<>();
            List<Piece> model = new ArrayList<>();
            if (chance(50)) {
                model.add(new Words(words()));
            }
            int calls = chance(70) ? 1 + random.nextInt(3) : 0;
            for (int k = 0; k < calls; k++) {
                String id = chance(80) ? "call_" + token(20) : "call:" + token(30) + "/ü";
                asks.add(new Ask(id, tool(), arguments(), null));
            }
            model.addAll(asks);
            if (model.isEmpty()) {
                model.add(new Words(words()));
            }
            turns.add(new Turn(Who.MODEL, model));
            turns.add(new Turn(Who.USER, next(asks)));
        }
        return turns;
    }

    /** What the user says next: the results of the calls in some order, and something more. */
    List<Piece> next(List<Ask> asks) {
        List<Piece> pieces = new ArrayList<>();
        for (Ask ask : asks) {
            pieces.add(new Reply(ask.id(), words(), chance(20)));
        }
        if (chance(40)) {
            Collections.shuffle(pieces, random);
        }
        if (pieces.isEmpty() || chance(30)) {
            pieces.addAll(said());
        }
        return pieces;
    }

    private List<Piece> said() {
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Words(words()));
        if (chance(30)) {
            pieces.add(new Picture(chance(50) ? "image/png" : "image/jpeg", "iVBORw0KGgo" + token(9)));
            pieces.add(new Words(words()));
        }
        return pieces;
    }
}
