// SPDX-License-Identifier: Apache-2.0
package dev.penstock.fetch;

import dev.penstock.config.FetchConfig;
import dev.penstock.conversation.AddressedImages;
import dev.penstock.conversation.AddressedImages.Content;
import dev.penstock.conversation.Conversation;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Timers;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCallFailed;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The images of one conversation on their way: a few at a time, all of them or none. All is judged before the first is asked for. Ends
 * once, by the last image, the first failure, the timer or {@link #cancel}; what arrives after that is dropped.
 */
public final class Fetching {

    /** As many as Converse takes in a request. */
    private static final int MOST_IMAGES = 20;

    private static final int AT_A_TIME = 4;
    /** All images together may have so many times the size of the largest one. */
    private static final int MOST_TOGETHER = 4;

    /** Penstock's own; nothing of the client's request goes to a host that its user has chosen. */
    private static final Map<String, String> HEADERS =
            Map.of("accept", "image/png, image/jpeg, image/gif, image/webp", "user-agent", "penstock");

    /**
     * An address to fetch from.
     *
     * @param url as the client wrote it
     * @param path of its first place
     * @param places how often its bytes will stand in the request
     */
    private record Wanted(String url, String path, ImageAddress address, int places) {}

    private final SideCalls calls;
    private final Names names;
    private final FetchConfig config;
    private final Networks networks;
    private final Conversation conversation;
    private final Queue<Wanted> waiting = new ArrayDeque<>();
    private final Map<String, Content> found = new HashMap<>();
    private final Promise<Conversation> whole = Promise.promise();
    private final Promise<Void> over = Promise.promise();
    private Timers.@Nullable Timer timer;
    private int running;
    private long bytes;
    private boolean ended;

    Fetching(SideCalls calls, Names names, FetchConfig config, Networks networks, Conversation conversation) {
        this.calls = calls;
        this.names = names;
        this.config = config;
        this.networks = networks;
        this.conversation = conversation;
    }

    /** The conversation with bytes in the place of addresses, or the client's error. Silent after {@link #cancel}. */
    public Future<Conversation> whole() {
        return whole.future();
    }

    /** Nobody waits for it any more. */
    public void cancel() {
        end();
    }

    void start(List<AddressedImages.Addressed> places, Timers timers) {
        try {
            waiting.addAll(wanted(places));
        } catch (GatewayError refused) {
            fail(refused);
            return;
        }
        timer = timers.after(
                config.timeout(),
                () -> fail(failure(
                        places.getFirst().path(),
                        "image_fetch_failed",
                        "the images of the request did not arrive within "
                                + config.timeout().toMillis() + " ms")));
        next();
    }

    private List<Wanted> wanted(List<AddressedImages.Addressed> places) {
        if (places.size() > MOST_IMAGES) {
            throw failure(
                    places.get(MOST_IMAGES).path(),
                    "too_many_images",
                    "at most " + MOST_IMAGES + " images of a request can be given by address for this target");
        }
        Map<String, Wanted> byUrl = new LinkedHashMap<>();
        for (AddressedImages.Addressed place : places) {
            Wanted known = byUrl.get(place.url());
            byUrl.put(
                    place.url(),
                    known == null
                            ? new Wanted(place.url(), place.path(), allowed(place), 1)
                            : new Wanted(known.url, known.path, known.address, known.places + 1));
        }
        return List.copyOf(byUrl.values());
    }

    private ImageAddress allowed(AddressedImages.Addressed place) {
        ImageAddress address = ImageAddress.read(place.url());
        if (address == null) {
            throw failure(
                    place.path(),
                    "invalid_image_url",
                    "expected an https address without user, fragment or characters that must be encoded");
        }
        if (!address.isAllowed(config)) {
            throw GatewayError.builder(Kind.INVALID_REQUEST, place.path() + ": images are not fetched from this host.")
                    .param(place.path())
                    .code("image_host_not_allowed")
                    .hint("Send the bytes of the image, or let fetch.hosts name the host.")
                    .build();
        }
        return address;
    }

    private void next() {
        while (!ended && running < AT_A_TIME) {
            Wanted wanted = waiting.poll();
            if (wanted == null) {
                break;
            }
            running++;
            lookUp(wanted);
        }
        if (!ended && running == 0) {
            end();
            whole.complete(AddressedImages.filled(conversation, found));
        }
    }

    // ------------------------------------------------------------------ one image

    private void lookUp(Wanted wanted) {
        InetAddress literal = wanted.address.literal();
        Future<List<InetAddress>> addresses =
                literal == null ? names.lookUp(wanted.address.host()) : Future.succeededFuture(List.of(literal));
        addresses.onComplete(result -> {
            if (ended) {
                return;
            }
            if (result.failed() || result.result().isEmpty()) {
                fail(notFetched(wanted, "the host name could not be resolved"));
            } else {
                connect(wanted, result.result());
            }
        });
    }

    /** One address that is not allowed among others means that somebody wants something: none of them is used. */
    private void connect(Wanted wanted, List<InetAddress> addresses) {
        if (!addresses.stream().allMatch(networks::allow)) {
            fail(failure(
                    wanted.path,
                    "image_host_not_allowed",
                    "the host of this address is in a network that images are not fetched from"));
            return;
        }
        InetAddress pinned = addresses.stream()
                .filter(Inet4Address.class::isInstance)
                .findFirst()
                .orElse(addresses.getFirst());
        SideCall call =
                new SideCall("GET", wanted.address.url(), HEADERS, null, config.maxBytes(), config.timeout(), pinned);
        calls.send(call, over.future()).onComplete(result -> {
            if (ended) {
                return;
            }
            if (result.succeeded()) {
                arrived(wanted, result.result());
            } else {
                fail(notFetched(wanted, reason(result.cause())));
            }
        });
    }

    private void arrived(Wanted wanted, SideReply reply) {
        if (reply.status() != 200) {
            fail(notFetched(
                    wanted,
                    reply.status() / 100 == 3
                            ? "the host answered with a redirect, which is not followed"
                            : "the host answered with status " + reply.status()));
            return;
        }
        ImageType type = ImageType.of(reply.header().apply("content-type"));
        if (type == null || !type.begins(reply.body())) {
            fail(failure(
                    wanted.path,
                    "invalid_image",
                    "what stands at this address is no image of the type that its host says; expected image/png,"
                            + " image/jpeg, image/gif or image/webp"));
            return;
        }
        bytes += (long) reply.body().length * wanted.places;
        if (bytes > (long) config.maxBytes() * MOST_TOGETHER) {
            fail(failure(
                    wanted.path,
                    "images_too_large",
                    "the images of the request have more than " + (long) config.maxBytes() * MOST_TOGETHER
                            + " bytes together"));
            return;
        }
        found.put(wanted.url, new Content(type.mediaType(), Base64.getEncoder().encodeToString(reply.body())));
        running--;
        next();
    }

    // ------------------------------------------------------------------ ends

    private void fail(GatewayError why) {
        if (!ended) {
            end();
            whole.fail(why);
        }
    }

    private void end() {
        ended = true;
        waiting.clear();
        if (timer != null) {
            timer.cancel();
        }
        over.tryComplete();
    }

    private static GatewayError notFetched(Wanted wanted, String why) {
        return failure(wanted.path, "image_fetch_failed", "the image could not be fetched: " + why);
    }

    private static String reason(Throwable cause) {
        return cause instanceof SideCallFailed safe
                ? String.valueOf(safe.getMessage())
                : "the connection failed before the answer was whole";
    }

    /**
     * Always the client's: the address is its choice, and no provider is to blame or worth a second try. Neither the address nor what it
     * led to is repeated.
     */
    private static GatewayError failure(String path, String code, String what) {
        return GatewayError.builder(Kind.INVALID_REQUEST, path + ": " + what + ".")
                .param(path)
                .code(code)
                .build();
    }
}
