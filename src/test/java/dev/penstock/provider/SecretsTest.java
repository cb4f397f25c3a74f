// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.GoogleLogin;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.config.ProviderConfig.Extras;
import dev.penstock.config.ProviderConfig.Type;
import dev.penstock.config.ProviderConfig.Vertex;
import dev.penstock.config.Secret;
import dev.penstock.kit.RefusedPort;
import dev.penstock.kit.Script;
import java.net.URI;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys stand in the one header that they belong into, and in nothing that a person gets to read. */
final class SecretsTest {

    private static final String KEY = "canary-key-1";
    private static final String ACCESS_KEY_ID = "AKIDCANARY";
    private static final String SECRET_ACCESS_KEY = "canary/secret+1";
    private static final String SESSION_TOKEN = "canary-session-1";
    private static final String[] SECRETS = {KEY, ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN};

    /** Keeps all that is logged with the product's own settings and the variable for details wide open. */
    private static final class Listening extends AbstractAppender implements AutoCloseable {

        private final Queue<String> lines = new ConcurrentLinkedQueue<>();
        private final LoggerContext context = (LoggerContext) LogManager.getContext(false);

        Listening() {
            super("listening", null, null, false, Property.EMPTY_ARRAY);
            start();
            context.getConfiguration().getRootLogger().addAppender(this, Level.ALL, null);
            Configurator.setLevel("dev.penstock", Level.TRACE);
            LogManager.getLogger("dev.penstock.provider").trace("heard");
        }

        @Override
        public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage() + " " + event.getThrown());
        }

        @Override
        public void close() {
            context.reconfigure();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Type.class,
            names = {"DEMO", "STATIC", "RULES"},
            mode = EnumSource.Mode.EXCLUDE)
    void noEndOfACallTellsThem(Type type) throws Exception {
        try (Listening log = new Listening();
                RefusedPort nobody = RefusedPort.open();
                ProviderRoom room = new ProviderRoom()) {
            for (ProviderConfig config : configs(type, "http://" + room.host())) {
                for (Script ending : endings()) {
                    room.simulator.otherwise(ending);
                    room.provider(config);

                    assertSilent(room.call("m", true));
                }
            }
            for (ProviderConfig config : configs(type, "http://127.0.0.1:" + nobody.port())) {
                room.provider(config);

                assertSilent(room.call("secret-model", false));
                assertSilent(room.call("secret-model/..", false));
                assertThat(config.toString()).doesNotContain(SECRETS);
            }
            assertThat(log.lines).contains("heard null");
            assertThat(log.lines.toString()).doesNotContain(SECRETS);
        }
    }

    private static List<ProviderConfig> configs(Type type, String url) {
        URI base = URI.create(url);
        ProviderConfig.Http http = ProviderConfig.Http.AUTO;
        ProviderConfig withKey = ProviderRoom.config(type, base, KEY, http, Extras.NONE);
        ProviderConfig withKeys = ProviderRoom.config(
                type,
                base,
                List.of(
                        new ProviderConfig.ApiKey("main", Secret.of(KEY), 3),
                        new ProviderConfig.ApiKey("spare", Secret.of(ACCESS_KEY_ID), 1)));
        if (type == Type.GEMINI) {
            GoogleLogin login = new GoogleLogin(null, "", null, URI.create(url));
            return List.of(withKey, fetching(type, base, Extras.vertex(new Vertex("p", "global"), login)));
        }
        if (type != Type.BEDROCK) {
            return List.of(withKey, withKeys);
        }
        AwsKeys keys = new AwsKeys(Secret.of(ACCESS_KEY_ID), Secret.of(SECRET_ACCESS_KEY), Secret.of(SESSION_TOKEN));
        Extras signing = new Extras("", 0, "eu-central-1", keys);
        AwsLogin.Profile nowhere = new AwsLogin.Profile("default", false, false, null, null);
        AwsLogin.Container agent = new AwsLogin.Container(base, Secret.of(SESSION_TOKEN), null);
        AwsLogin login = new AwsLogin("eu-central-1", base, nowhere, null, agent, null);
        return List.of(
                withKey,
                withKeys,
                ProviderRoom.config(type, base, null, http, signing),
                fetching(type, base, new Extras("", 0, "eu-central-1", null, false, null, login)));
    }

    /** One whose credentials are fetched from where requests go, so that they end in every way, too. */
    private static ProviderConfig fetching(Type type, URI base, Extras extras) {
        return ProviderRoom.config(type, base, null, ProviderConfig.Http.AUTO, extras);
    }

    private static List<Script> endings() {
        return List.of(
                Script.json(200, "{}"),
                Script.json(401, "{\"error\":{\"message\":\"Incorrect API key provided: " + KEY + "\"}}"),
                Script.status(307).header("location", "http://127.0.0.1:1/").build(),
                Script.status(200).cutRst(),
                Script.stream().send("data: half").cutRst());
    }

    private static void assertSilent(ProviderRoom.Result result) {
        if (result.error() != null) {
            assertThat(result.error().toString()).doesNotContain(SECRETS).doesNotContain("127.0.0.1", "secret-model");
        }
    }
}
