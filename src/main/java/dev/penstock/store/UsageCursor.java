// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.QueryRefused;
import dev.penstock.ledger.UsageQuery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

/**
 * The last row of a page, as a word for whoever asks for the next one. It says which question it belongs to, so that with another one it
 * is refused instead of leaving out rows. Who makes one up sees nothing that the question without it would not tell.
 *
 * @param bucket start of the row's time; 0 where all of it is in one row
 * @param group its values
 */
record UsageCursor(long bucket, List<String> group) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final int LONGEST = 8_000;

    String write(UsageQuery query) {
        ArrayNode parts = JSON.createArrayNode().add(shape(query)).add(bucket);
        group.forEach(parts::add);
        byte[] text = parts.toString().getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text);
    }

    static UsageCursor read(String text, UsageQuery query) throws QueryRefused {
        JsonNode parts = parts(text);
        int groups = query.by().size();
        if (!parts.isArray()
                || parts.size() != groups + 2
                || !parts.path(0).isTextual()
                || !parts.path(1).isIntegralNumber()
                || !parts.path(1).canConvertToLong()) {
            throw invalid();
        }
        if (!parts.path(0).asText().equals(shape(query))) {
            throw new QueryRefused("the cursor belongs to another question; ask from the beginning");
        }
        List<String> group = new ArrayList<>();
        for (int i = 0; i < groups; i++) {
            JsonNode value = parts.path(i + 2);
            // What no column holds is in no cursor either, and PostgreSQL would not even take it as a parameter.
            if (!value.isTextual() || !PlainText.name(value.asText()).equals(value.asText())) {
                throw invalid();
            }
            group.add(value.asText());
        }
        return new UsageCursor(parts.path(1).asLong(), List.copyOf(group));
    }

    private static JsonNode parts(String text) throws QueryRefused {
        if (text.length() > LONGEST) {
            throw invalid();
        }
        try {
            return JSON.readTree(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException | IOException e) {
            throw invalid();
        }
    }

    private static QueryRefused invalid() {
        return new QueryRefused("not a cursor of a page before");
    }

    /** The question but for its times and its limit, which may move from page to page. */
    private static String shape(UsageQuery query) {
        ArrayNode parts = JSON.createArrayNode().add(query.step().name());
        query.by().forEach(dimension -> parts.add(dimension.name()));
        new TreeMap<Dimension, String>(query.where())
                .forEach((dimension, value) ->
                        parts.addArray().add(dimension.name()).add(value));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(JSON.writeValueAsBytes(parts));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException | JsonProcessingException e) {
            throw new IllegalStateException("a question without a name", e);
        }
    }
}
