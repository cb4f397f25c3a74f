// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The key that signatures are checked with.
 *
 * @param text Base64 of its X.509 form, as people pass it on
 */
record PublicKeyText(PublicKey key, String text) {

    private static final int LONGEST_FILE = 4096;

    static PublicKeyText of(PublicKey key) {
        return new PublicKeyText(key, Base64.getEncoder().encodeToString(key.getEncoded()));
    }

    /** Null for what is none. Bits that decoders do not look at must be as an encoder writes them. */
    static @Nullable PublicKeyText parse(String text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            PublicKeyText read = of(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(bytes)));
            return read.text.equals(text) ? read : null;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return null;
        }
    }

    /** From a file that holds nothing but the text and a line feed; null for what is none. */
    static @Nullable PublicKeyText read(Path file) throws IOException {
        if (Files.size(file) > LONGEST_FILE) {
            return null;
        }
        String text = new String(Files.readAllBytes(file), US_ASCII);
        return text.endsWith("\n") ? parse(text.substring(0, text.length() - 1)) : null;
    }

    byte[] file() {
        return (text + "\n").getBytes(US_ASCII);
    }

    String fingerprint() {
        return Canonical.sha256(key.getEncoded()).substring(0, 16);
    }

    boolean verifies(byte[] signed, String hex) {
        try {
            byte[] signature = HexFormat.of().parseHex(hex);
            Signature check = Signature.getInstance("Ed25519");
            check.initVerify(key);
            check.update(signed);
            return HexFormat.of().formatHex(signature).equals(hex) && check.verify(signature);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }
}
