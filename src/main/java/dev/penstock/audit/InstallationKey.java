// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/** The Ed25519 key that the heads of this installation are signed with. Made once; a file that nobody but its owner may read. */
final class InstallationKey {

    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----\n";
    private static final String END = "\n-----END PRIVATE KEY-----\n";

    private final PrivateKey secret;
    private final PublicKeyText open;

    private InstallationKey(PrivateKey secret, PublicKeyText open) {
        this.secret = secret;
        this.open = open;
    }

    /**
     * Reads the key, or makes it where there is no file.
     *
     * @param disk makes files that only their owner may read
     * @throws IOException when it cannot be read, or others could read it as well
     */
    static InstallationKey at(Path file, Disk disk, SecureRandom random) throws IOException {
        try {
            if (!Files.exists(file)) {
                KeyPairGenerator maker = KeyPairGenerator.getInstance("Ed25519");
                maker.initialize(NamedParameterSpec.ED25519, random);
                byte[] made = maker.generateKeyPair().getPrivate().getEncoded();
                String text = BEGIN + Base64.getEncoder().encodeToString(made) + END;
                disk.write(file, text.getBytes(US_ASCII));
            }
            refuseReadable(file);
            String text = Files.readString(file, US_ASCII);
            if (!text.startsWith(BEGIN) || !text.endsWith(END)) {
                throw new IOException(file + " is no private key");
            }
            byte[] bytes = Base64.getDecoder().decode(text.substring(BEGIN.length(), text.length() - END.length()));
            PrivateKey secret = KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(bytes));
            return new InstallationKey(secret, publicOf(secret));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Without the cause: its text could hold a piece of the file.
            throw new IOException(file + " is no Ed25519 key");
        }
    }

    private static void refuseReadable(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Set<PosixFilePermission> open = EnumSet.copyOf(Files.getPosixFilePermissions(file));
            open.removeAll(Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
            if (!open.isEmpty()) {
                throw new IOException(file + " may be read by others; expected mode 0600");
            }
        }
    }

    /** The platform makes pairs, and no public key from a private one: so the pair is made again from the same chance. */
    private static PublicKeyText publicOf(PrivateKey secret) throws GeneralSecurityException {
        byte[] seed = ((EdECPrivateKey) secret)
                .getBytes()
                .orElseThrow(() -> new GeneralSecurityException("a key without bytes"));
        KeyPairGenerator maker = KeyPairGenerator.getInstance("Ed25519");
        maker.initialize(NamedParameterSpec.ED25519, new SameAgain(seed));
        KeyPair pair = maker.generateKeyPair();
        return PublicKeyText.of(pair.getPublic());
    }

    private static final class SameAgain extends SecureRandom {

        private static final long serialVersionUID = 1;

        private final byte[] seed;

        SameAgain(byte[] seed) {
            this.seed = seed.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
        }
    }

    PublicKeyText open() {
        return open;
    }

    String sign(byte[] bytes) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(secret);
            signature.update(bytes);
            return HexFormat.of().formatHex(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has Ed25519", e);
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "InstallationKey[" + open.fingerprint() + "]";
    }
}
