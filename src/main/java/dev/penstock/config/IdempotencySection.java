// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.LinkedHashMap;
import java.util.Map;

/** From {@code idempotency} in the file to {@link IdempotencyConfig}, and back to lines. */
final class IdempotencySection {

    private final IdempotencyForm form;

    IdempotencySection(IdempotencyForm form) {
        this.form = form;
    }

    IdempotencyConfig assemble() {
        return new IdempotencyConfig(form.ttl(), (int) form.maxAnswer().bytes());
    }

    static Map<String, Object> lines(IdempotencyConfig config) {
        Map<String, Object> lines = new LinkedHashMap<>();
        lines.put("idempotency.ttl", config.ttl());
        lines.put("idempotency.max_answer", new ByteSize(config.maxAnswerBytes()));
        return lines;
    }
}
