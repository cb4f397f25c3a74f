// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.config.AuditConfig;
import dev.penstock.config.Secret;
import dev.penstock.exchange.Timers;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends each signed head to places outside of the machine: who cuts the audit back to an earlier state cannot cut those back. One head
 * after the other, the oldest first; a place that does not take one is asked again later, and of heads that wait too long only the
 * newest are kept, for each says all that the ones before it say.
 */
public final class Anchors implements Consumer<String> {

    private static final Logger LOG = LogManager.getLogger(Anchors.class);
    private static final int MOST_WAITING = 64;
    private static final String TAKEN = "";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final AuditConfig.Anchor where;
    private final Executor loop;
    private final Deque<Place> places = new ArrayDeque<>();
    private final AtomicLong failures = new AtomicLong();
    private final Disk disk;
    private final Supplier<SideCalls> maker;
    private final Function<SideCalls, AnchorSigner> signing;
    /** Of the event loop alone. */
    private @Nullable SideCalls calls;

    private @Nullable AnchorSigner signer;

    /**
     * Places of a configuration.
     *
     * @param calls makes those of the event loop, on it
     * @param signing makes what signs requests to a bucket, on the same event loop, where there is one
     * @param timers of the same event loop
     * @param loop runs tasks on that event loop
     */
    public Anchors(
            AuditConfig.Anchor where,
            Supplier<SideCalls> calls,
            Function<SideCalls, AnchorSigner> signing,
            Timers timers,
            Executor loop) {
        this(where, calls, signing, timers, loop, Disk.REAL);
    }

    Anchors(
            AuditConfig.Anchor where,
            Supplier<SideCalls> calls,
            Function<SideCalls, AnchorSigner> signing,
            Timers timers,
            Executor loop,
            Disk disk) {
        this.where = where;
        this.maker = calls;
        this.signing = signing;
        this.loop = loop;
        this.disk = disk;
        URI webhook = where.webhook();
        if (webhook != null) {
            Secret secret = where.secret();
            places.add(new Place("webhook", timers, head -> calls().send(post(webhook, secret, head))));
        }
        URI put = where.put();
        if (put != null) {
            places.add(new Place("put", timers, head -> calls().send(put(put, head))));
        }
        AuditConfig.Bucket bucket = where.s3();
        if (bucket != null) {
            URI address = bucket.address();
            places.add(new Place("s3", timers, head -> store(address, head)));
        }
    }

    private SideCalls calls() {
        SideCalls made = calls;
        if (made == null) {
            made = maker.get();
            calls = made;
        }
        return made;
    }

    /** Times that a place did not take a head. Any thread. */
    public long failures() {
        return failures.get();
    }

    /** A new head; on the thread that writes the audit, which may wait for a file and not for a network. */
    @Override
    public void accept(String head) {
        Path file = where.file();
        if (file != null) {
            append(file, head);
        }
        if (!places.isEmpty()) {
            try {
                loop.execute(() -> places.forEach(place -> place.add(head)));
            } catch (RejectedExecutionException e) {
                // The loops are closed: the last heads are on the disk, and go out with the next one.
                failures.incrementAndGet();
            }
        }
    }

    private void append(Path file, String head) {
        try (FileChannel opened = disk.open(file)) {
            long end = opened.size();
            try {
                disk.append(opened, (head + "\n").getBytes(UTF_8));
            } catch (IOException e) {
                // Half a head would make a line with the next one that is neither, and look like the work of a forger.
                opened.truncate(end);
                throw e;
            }
        } catch (IOException e) {
            failures.incrementAndGet();
            LOG.warn("audit: a head could not be appended to the anchor's file: {}", e.toString());
        }
    }

    private static SideCall post(URI url, @Nullable Secret secret, String head) {
        Map<String, String> headers = new HashMap<>(Map.of("content-type", "application/json"));
        if (secret != null) {
            headers.put("x-penstock-signature", "sha256=" + hmac(secret, head));
        }
        return SideCall.small("POST", url, headers, Buffer.buffer(head), TIMEOUT);
    }

    private static String hmac(Secret secret, String head) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.reveal().getBytes(UTF_8), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(head.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
        }
    }

    private static SideCall put(URI url, String head) {
        Head read = Head.read(head.getBytes(UTF_8));
        String name = read == null ? "head" : read.key() + "-" + Folder.name(read.number());
        URI to = String.valueOf(url.getRawPath()).endsWith("/") && url.getRawQuery() == null
                ? url.resolve(name + ".json")
                : url;
        return SideCall.small("PUT", to, Map.of("content-type", "application/json"), Buffer.buffer(head), TIMEOUT);
    }

    // ---- a bucket

    private AnchorSigner signer() {
        AnchorSigner made = signer;
        if (made == null) {
            made = signing.apply(calls());
            signer = made;
        }
        return made;
    }

    private Future<SideReply> store(URI bucket, String head) {
        byte[] body = head.getBytes(UTF_8);
        URI url = bucket.resolve(objectName(head));
        // The checksum is what a bucket asks for that lets nobody delete or replace anything (Object Lock).
        Map<String, String> headers =
                Map.of("content-type", "application/json", "x-amz-checksum-sha256", checksum(body));
        return signer().sign("PUT", url, headers, body).compose(signature -> {
            Map<String, String> all = new HashMap<>(headers);
            all.putAll(signature);
            return calls().send(SideCall.small("PUT", url, all, Buffer.buffer(body), TIMEOUT));
        });
    }

    /** Node and key, segment, head: so what one node says of a segment lies together, and no head replaces another one. */
    static String objectName(String line) {
        Head head = Head.read(line.getBytes(UTF_8));
        return head == null
                ? "head.json"
                : plain(head.node()) + "-" + head.key() + "/" + Folder.name(head.first()) + "/"
                        + Folder.name(head.number()) + ".json";
    }

    /** Nothing of it changes its look in a path. */
    private static String plain(String node) {
        StringBuilder out = new StringBuilder(node.length());
        node.codePoints().forEach(c -> {
            boolean kept = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || (c == '.' && !out.isEmpty());
            out.append(kept ? (char) c : '_');
        });
        return out.toString();
    }

    private static String checksum(byte[] body) {
        return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(Canonical.sha256(body)));
    }

    /** Sends to one place. */
    @FunctionalInterface
    private interface Sender {
        Future<SideReply> send(String head);
    }

    /** Of the event loop alone. */
    private final class Place {

        private final String name;
        private final Timers timers;
        private final Sender sender;
        private final Deque<String> waiting = new ArrayDeque<>();
        private Duration pause = FIRST_PAUSE;
        private boolean busy;
        private boolean down;

        Place(String name, Timers timers, Sender sender) {
            this.name = name;
            this.timers = timers;
            this.sender = sender;
        }

        void add(String head) {
            waiting.add(head);
            if (waiting.size() > MOST_WAITING) {
                waiting.removeFirst();
            }
            if (!busy) {
                next();
            }
        }

        private void next() {
            String head = waiting.peekFirst();
            busy = head != null;
            if (head != null) {
                sent(head)
                        .map(reply -> reply.ok() ? TAKEN : "status " + reply.status())
                        // Not the cause: it may name an address that alone is enough to write there.
                        .otherwise("no answer")
                        .onSuccess(answer -> answered(head, answer));
            }
        }

        /** What goes wrong before there is a request is as a place that does not answer. */
        private Future<SideReply> sent(String head) {
            try {
                return sender.send(head);
            } catch (RuntimeException e) {
                return Future.failedFuture(e);
            }
        }

        private void answered(String head, String answer) {
            if (answer.equals(TAKEN)) {
                if (down) {
                    down = false;
                    LOG.info("audit: the anchor ({}) takes heads again", name);
                }
                waiting.remove(head);
                pause = FIRST_PAUSE;
                next();
                return;
            }
            failures.incrementAndGet();
            if (!down) {
                down = true;
                LOG.warn(
                        "audit: the anchor ({}) did not take a head ({}); it is tried again until it does",
                        name,
                        answer);
            }
            timers.after(pause, this::next);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        }
    }
}
