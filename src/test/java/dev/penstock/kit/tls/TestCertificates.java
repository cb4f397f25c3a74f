// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.tls;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority of our own for the length of a test: nothing secret is stored in the repository, nothing expires in
 * it. {@link #localhost()} is valid; the other methods make certificates with one flaw each.
 */
public final class TestCertificates {

    private final KeyPair authorityKeys = keys();
    private final X509Certificate authority =
            sign("CN=Penstock test authority", authorityKeys, null, true, Duration.ofDays(1));

    private TestCertificates() {}

    public static TestCertificates create() {
        return new TestCertificates();
    }

    /** A key with its certificate, in the forms that tests need. */
    public record Identity(PrivateKey key, X509Certificate certificate) {

        public PemKeyCertOptions options() {
            return new PemKeyCertOptions()
                    .setKeyValue(Buffer.buffer(keyPem()))
                    .setCertValue(Buffer.buffer(certificatePem()));
        }

        public String keyPem() {
            return pem("PRIVATE KEY", key.getEncoded());
        }

        public String certificatePem() {
            return encode(certificate);
        }

        /** Writes {@code cert.pem} and {@code key.pem} for programs that read files. */
        public void writeTo(Path folder) {
            try {
                Files.writeString(folder.resolve("cert.pem"), certificatePem());
                Files.writeString(folder.resolve("key.pem"), keyPem());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Valid for localhost and 127.0.0.1. */
    public Identity localhost() {
        return issue(Duration.ofDays(1), localNames());
    }

    /** Expired an hour ago. */
    public Identity expired() {
        return issue(Duration.ofHours(-1), localNames());
    }

    /** Valid for another host. */
    public Identity otherHost() {
        return issue(Duration.ofDays(1), new GeneralNames(new GeneralName(GeneralName.dNSName, "elsewhere.example")));
    }

    /** What a client needs to trust {@link #localhost()}. */
    public PemTrustOptions trust() {
        return new PemTrustOptions().addCertValue(Buffer.buffer(encode(authority)));
    }

    /** The authority's certificate, for a file of trusted authorities. */
    public String authorityPem() {
        return encode(authority);
    }

    /** A JDK context that trusts this authority and nobody else. */
    public SSLContext clientContext() {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("authority", authority);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Identity issue(Duration validity, GeneralNames names) {
        KeyPair keys = keys();
        return new Identity(keys.getPrivate(), sign("CN=localhost", keys, names, false, validity));
    }

    private static GeneralNames localNames() {
        return new GeneralNames(new GeneralName[] {
            new GeneralName(GeneralName.dNSName, "localhost"), new GeneralName(GeneralName.iPAddress, "127.0.0.1")
        });
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Certificate sign(
            String subject, KeyPair keys, GeneralNames names, boolean isAuthority, Duration validity) {
        try {
            Instant now = Instant.now();
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Name("CN=Penstock test authority"),
                    new BigInteger(64, new java.security.SecureRandom()).abs(),
                    Date.from(now.minus(Duration.ofDays(2))),
                    Date.from(now.plus(validity)),
                    new X500Name(subject),
                    keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            if (names != null) {
                builder.addExtension(Extension.subjectAlternativeName, false, names);
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(authorityKeys.getPrivate())));
        } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encode(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String kind, byte[] der) {
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(der);
        return "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n";
    }
}
