// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.exchange.Identity;

/**
 * What is known of a call before it is admitted.
 *
 * @param who the caller
 * @param clientIp address of the caller as text
 * @param model the name that the client sent
 * @param feature the named use case; empty where there is none
 * @param promptTokens estimated tokens of the prompt
 * @param maxOutputTokens most tokens that the answer may have; 0 where the client sets no maximum
 * @param nanoUsdPerPromptToken price of the model's first target; -1 unknown, 0 free
 * @param nanoUsdPerOutputToken the same for the answer
 */
public record AdmissionAsk(
        Identity who,
        String clientIp,
        String model,
        String feature,
        long promptTokens,
        long maxOutputTokens,
        long nanoUsdPerPromptToken,
        long nanoUsdPerOutputToken) {

    /** The same call at another price. */
    public AdmissionAsk at(long perPromptToken, long perOutputToken) {
        return new AdmissionAsk(
                who, clientIp, model, feature, promptTokens, maxOutputTokens, perPromptToken, perOutputToken);
    }
}
