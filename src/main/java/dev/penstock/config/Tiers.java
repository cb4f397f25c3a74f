// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.TargetEdits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Gives the targets of one model their tiers and weights. An entry that names another model with tiers of its own keeps their
 * order: they come one below the other from the entry's tier on, and the entry's later neighbours move down to make room. Its
 * weight is shared among the targets of each of those tiers.
 */
final class Tiers {

    /** Weights are only ever compared inside a tier, so they may be scaled; this keeps sums far away from the edge of int. */
    private static final long LARGEST_WEIGHT = 1_000_000;

    /**
     * One entry as it was written.
     *
     * @param weight as written or the default
     * @param below the targets that it leads to, with tiers and weights of the model that it names
     */
    private record Entry(String path, int tier, int weight, List<ModelTargets.Placed> below) {

        long sumOf(int ownTier) {
            return below.stream()
                    .filter(placed -> placed.choice().tier() == ownTier)
                    .mapToLong(placed -> placed.choice().weight())
                    .sum();
        }
    }

    /** A target on its way to its place. */
    private record Part(Entry entry, ModelTargets.Placed placed) {

        long sum() {
            return Math.max(1, entry.sumOf(placed.choice().tier()));
        }
    }

    private final Binder binder;
    private final Problems problems;
    private final List<Entry> entries = new ArrayList<>();

    Tiers(Binder binder, Problems problems) {
        this.binder = binder;
        this.problems = problems;
    }

    /** @param usual the tier where the entry says none */
    void add(FileForm.Target form, int usual, String path, List<ModelTargets.Placed> below) {
        Count tier = form.tier();
        Count weight = form.weight();
        entries.add(new Entry(
                path, tier == null ? usual : (int) tier.value(), weight == null ? 1 : (int) weight.value(), below));
    }

    List<ModelTargets.Placed> inOrder() {
        Map<Integer, List<Entry>> written = new TreeMap<>();
        entries.forEach(entry -> written.computeIfAbsent(entry.tier(), unused -> new ArrayList<>())
                .add(entry));
        List<ModelTargets.Placed> placed = new ArrayList<>();
        int next = 1;
        for (Map.Entry<Integer, List<Entry>> tier : written.entrySet()) {
            refuseWeightless(tier.getKey(), tier.getValue());
            Map<Integer, List<Part>> inner = new TreeMap<>();
            tier.getValue().forEach(entry -> entry.below()
                    .forEach(p -> inner.computeIfAbsent(p.choice().tier(), unused -> new ArrayList<>())
                            .add(new Part(entry, p))));
            int at = Math.max(tier.getKey(), next);
            for (List<Part> parts : inner.values()) {
                place(parts, at++, placed);
            }
            next = at;
        }
        List<ModelTargets.Placed> targets = withoutRepetition(placed);
        refuseUnreachable(targets);
        return targets;
    }

    private static void place(List<Part> parts, int tier, List<ModelTargets.Placed> into) {
        boolean alone = parts.stream().map(Part::entry).distinct().count() == 1;
        long common = alone ? 1 : parts.stream().mapToLong(Part::sum).reduce(1, Tiers::commonMultiple);
        List<Long> weights = new ArrayList<>();
        for (Part part : parts) {
            long own = part.placed().choice().weight();
            weights.add(alone && parts.size() > 1 ? own : part.entry().weight() * own * common / part.sum());
        }
        long most = weights.stream().mapToLong(Long::longValue).max().orElse(1);
        for (int i = 0; i < parts.size(); i++) {
            ModelTargets.Placed placed = parts.get(i).placed();
            into.add(new ModelTargets.Placed(
                    placed.choice().at(tier, fitted(weights.get(i), most)),
                    placed.entry(),
                    placed.origin(),
                    placed.nameMasked(),
                    placed.textMasked()));
        }
    }

    /** Odd sums have large common multiples; beyond a million a rounding of a millionth is nothing. */
    private static long commonMultiple(long a, long b) {
        long multiple = a
                / java.math.BigInteger.valueOf(a)
                        .gcd(java.math.BigInteger.valueOf(b))
                        .longValue()
                * b;
        return Math.min(multiple, LARGEST_WEIGHT);
    }

    private static int fitted(long weight, long most) {
        return (int) (most <= LARGEST_WEIGHT || weight == 0 ? weight : Math.max(1, weight * LARGEST_WEIGHT / most));
    }

    /** Two entries may lead to the same target; the earlier one stands. */
    private static List<ModelTargets.Placed> withoutRepetition(List<ModelTargets.Placed> placed) {
        record Same(Object target, String when, long window, TargetEdits edits) {}
        Set<Same> seen = new HashSet<>();
        return placed.stream()
                .sorted(Comparator.comparingInt(p -> p.choice().tier()))
                .filter(p -> seen.add(new Same(
                        p.choice().target(),
                        text(p.choice()),
                        p.choice().contextWindow(),
                        p.choice().edits())))
                .toList();
    }

    private static String text(TargetChoice choice) {
        return choice.when() == null ? "" : choice.when().text();
    }

    private void refuseWeightless(int tier, List<Entry> entries) {
        if (entries.stream().allMatch(entry -> entry.weight() == 0)) {
            String path = entries.get(0).path() + ".weight";
            String found = entries.size() == 1 ? "0" : "0 for all of tier " + tier;
            problems.unexpected(binder.at(path), path, found, "a weight above 0 for one target of each tier");
        }
    }

    /** A fixed answer that takes all requests never fails, so nothing behind it is ever asked. */
    private void refuseUnreachable(List<ModelTargets.Placed> targets) {
        ModelTargets.Placed last = null; // the first that lets nothing through to the tiers behind it
        for (ModelTargets.Placed placed : targets) {
            TargetChoice choice = placed.choice();
            if (last != null
                    && choice.tier() > last.choice().tier()
                    && !placed.entry().equals(last.entry())) {
                String path = placed.entry();
                problems.unexpected(
                        binder.at(path),
                        path,
                        "a target that no request can reach",
                        "it before " + last.choice().target() + ", which never fails");
                return;
            }
            if (last == null && takesAll(choice)) {
                last = placed;
            }
        }
    }

    private static boolean takesAll(TargetChoice choice) {
        return choice.target().provider().equals(ProviderSection.STATIC)
                && choice.when() == null
                && choice.contextWindow() == 0;
    }
}
