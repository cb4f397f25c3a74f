// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.AlertRule.Severity;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From {@code alerts} in the file to {@link AlertsConfig}. */
final class AlertsSection {

    private static final URI PAGERDUTY = URI.create("https://events.pagerduty.com");
    private static final URI OPSGENIE = URI.create("https://api.opsgenie.com");

    private final AlertsForm form;
    private final Binder binder;
    private final Problems problems;

    AlertsSection(AlertsForm form, Binder binder, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
    }

    AlertsConfig assemble() {
        List<AlertReceiver> to = new ArrayList<>();
        for (int i = 0; i < form.to().size(); i++) {
            AlertsForm.Receiver receiver = form.to().get(i);
            if (receiver != null && receiver.type() != null) {
                to.add(receiver("alerts.to[" + i + "]", receiver, receiver.type()));
            }
        }
        List<AlertRule> rules = new ArrayList<>();
        form.rules().forEach((name, rule) -> {
            if (rule.when() != null) {
                rules.add(rule(name, rule, rule.when()));
            }
        });
        return new AlertsConfig(to, form.rules().isEmpty() ? AlertRule.USUAL : rules);
    }

    private AlertRule rule(String name, AlertsForm.Rule rule, AlertCondition when) {
        String path = Paths.child("alerts.rules", name);
        boolean plain = !name.isEmpty()
                && name.length() <= 64
                && name.chars().allMatch(c -> c == '_' || c == '-' || (c < 128 && Character.isLetterOrDigit(c)));
        if (!plain) {
            problems.add(binder.keyAt(path), path, "not a name for a rule; expected up to 64 letters, digits, - and _");
        }
        return new AlertRule(name, when, rule.severity());
    }

    private AlertReceiver receiver(String path, AlertsForm.Receiver of, AlertReceiver.Type type) {
        Map<String, @Nullable Object> given = new LinkedHashMap<>();
        given.put("webhook", of.webhook());
        given.put("routing_key", of.routingKey());
        given.put("api_key", of.apiKey());
        given.put("sign_with", of.signWith());
        String own = secretOf(type);
        given.forEach((key, value) -> {
            if (value != null && !key.equals(own)) {
                problems.add(binder.keyAt(path + "." + key), path + "." + key, "is not used by " + type.label());
            }
        });
        if (!own.isEmpty() && type != AlertReceiver.Type.WEBHOOK && given.get(own) == null) {
            problems.add(binder.at(path), path + "." + own, type.label() + " needs it");
        }
        return new AlertReceiver(type, url(path, of, type), (Secret) given.get(own), severities(of.severities()));
    }

    private static String secretOf(AlertReceiver.Type type) {
        return switch (type) {
            case ALERTMANAGER -> "";
            case PAGERDUTY -> "routing_key";
            case OPSGENIE -> "api_key";
            case SLACK -> "webhook";
            case WEBHOOK -> "sign_with";
        };
    }

    private @Nullable URI url(String path, AlertsForm.Receiver of, AlertReceiver.Type type) {
        String at = path + ".url";
        URI url = of.url();
        if (url != null && (url.getRawUserInfo() != null || url.getRawFragment() != null)) {
            problems.add(binder.keyAt(at), at, "an address without user information and fragment is expected");
            return null;
        }
        switch (type) {
            case ALERTMANAGER, WEBHOOK -> {
                if (url == null) {
                    problems.add(binder.at(path), at, type.label() + " needs it");
                }
                return url;
            }
            case PAGERDUTY -> {
                return url == null ? PAGERDUTY : url;
            }
            case OPSGENIE -> {
                return url == null ? OPSGENIE : url;
            }
            case SLACK -> {
                if (url != null) {
                    problems.add(binder.keyAt(at), at, "is not used by slack: its address is webhook");
                }
                Secret address = of.webhook();
                if (address != null && !isWeb(address.reveal())) {
                    problems.add(
                            binder.keyAt(path + ".webhook"), path + ".webhook", "an http or https URL is expected");
                }
                return null;
            }
        }
        throw new IllegalStateException("no such type: " + type);
    }

    private static boolean isWeb(String address) {
        try {
            URI url = URI.create(address);
            return ("https".equals(url.getScheme()) || "http".equals(url.getScheme())) && url.getHost() != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Set<Severity> severities(List<@Nullable Severity> listed) {
        Set<Severity> named = EnumSet.noneOf(Severity.class);
        listed.stream().filter(Objects::nonNull).forEach(named::add);
        return named.isEmpty() ? EnumSet.allOf(Severity.class) : named;
    }

    /** What is in force, without the secrets. */
    static Map<String, @Nullable Object> lines(AlertsConfig alerts) {
        Map<String, @Nullable Object> lines = new LinkedHashMap<>();
        for (int i = 0; i < alerts.to().size(); i++) {
            AlertReceiver receiver = alerts.to().get(i);
            String path = "alerts.to[" + i + "]";
            lines.put(path + ".type", receiver.type().label());
            lines.put(path + ".url", receiver.url());
            lines.put(
                    path + ".severities",
                    receiver.severities().stream().sorted().map(Severity::label).toList());
        }
        if (!alerts.to().isEmpty()) {
            alerts.rules().forEach(rule -> {
                String path = Paths.child("alerts.rules", rule.name());
                lines.put(path + ".when", rule.when().toString());
                lines.put(path + ".severity", rule.severity().label());
            });
        }
        return lines;
    }

    /** The name of the secret of this receiver, as a key of the file. */
    static String secretPath(int index, AlertReceiver.Type type) {
        return "alerts.to[" + index + "]." + secretOf(type);
    }
}
