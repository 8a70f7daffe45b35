package io.nereid.modelrepo.config;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A name for versions of a model, each of which gets a share of the requests that ask for it: the parameter {@code
 * alias.NAME} of a configuration, whose value is {@code VERSION:WEIGHT}, several with commas between, or one {@code
 * VERSION} alone. What the weights leave of 1 goes to the newest version that is served and that the alias does not name.
 *
 * @param name what requests have in the place of a version's number
 * @param weights of the versions that it names, each from 0 to 1, at most 1 together; at least one
 */
public record VersionAlias(String name, SortedMap<Long, BigDecimal> weights) {
    /** What the names of such parameters begin with. */
    public static final String PREFIX = "alias.";

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,63}");
    private static final Pattern VERSION = Pattern.compile("0|[1-9][0-9]{0,17}");
    private static final Pattern WEIGHT = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,9})?|\\.[0-9]{1,9}");

    /** The weights are copied. */
    public VersionAlias {
        weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    }

    /** Whether that may be the name of one: none that a version's number could be, which costs a look at a character. */
    public static boolean isName(String text) {
        return !text.isEmpty() && text.charAt(0) >= 'A' && NAME.matcher(text).matches();
    }

    /**
     * Those of a configuration, by name.
     *
     * @throws IllegalArgumentException if one is not as it must be; the text says what is wrong
     */
    static List<VersionAlias> of(Map<String, String> parameters) {
        List<VersionAlias> aliases = new ArrayList<>();
        new TreeMap<>(parameters).forEach((key, value) -> {
            if (key.startsWith(PREFIX)) {
                aliases.add(parse(key.substring(PREFIX.length()), value));
            }
        });
        return List.copyOf(aliases);
    }

    private static VersionAlias parse(String name, String value) {
        if (!isName(name)) {
            throw new IllegalArgumentException("'" + name + "' is no name for an alias"
                    + (VERSION.matcher(name).matches() ? ", since it is the number of a version" : "")
                    + " (expected a letter, then up to 63 letters, digits, '_', '.' or '-')");
        }
        SortedMap<Long, BigDecimal> weights = new TreeMap<>();
        String[] parts = value.split(",", -1);
        for (String part : parts) {
            String[] sides = part.strip().split(":", -1);
            boolean alone = sides.length == 1 && parts.length == 1;
            if ((sides.length != 2 && !alone) || !VERSION.matcher(sides[0].strip()).matches()
                    || (!alone && !WEIGHT.matcher(sides[1].strip()).matches())) {
                throw wrong(name, "got '" + value + "' (expected VERSION:WEIGHT, as 3:0.1, several with commas between,"
                        + " or one VERSION alone)");
            }
            BigDecimal weight = alone ? BigDecimal.ONE : new BigDecimal(sides[1].strip());
            if (weights.put(Long.parseLong(sides[0].strip()), weight) != null) {
                throw wrong(name, "it names version " + sides[0].strip() + " twice");
            }
        }
        VersionAlias alias = new VersionAlias(name, weights);
        if (alias.sum().compareTo(BigDecimal.ONE) > 0) {
            throw wrong(name, "its weights add up to " + alias.sum().toPlainString()
                    + " (expected at most 1: what they leave goes to the newest version that it does not name)");
        }
        return alias;
    }

    private static IllegalArgumentException wrong(String name, String why) {
        return new IllegalArgumentException("alias '" + name + "': " + why);
    }

    private BigDecimal sum() {
        return weights.values().stream().reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** What the weights leave of 1. */
    public BigDecimal rest() {
        return BigDecimal.ONE.subtract(sum());
    }

    /**
     * Why the alias cannot be served by a model of these versions; empty if it can.
     *
     * @param there the versions that the model's directory has
     * @param served those that the version policy takes of them
     */
    public String problem(NavigableSet<Long> there, NavigableSet<Long> served) {
        for (long version : weights.keySet()) {
            if (!served.contains(version)) {
                return "alias '" + name + "' names version " + version + ", "
                        + (there.contains(version) ? "which version_policy does not take: it takes " + served
                                : "which is not there: the model's directory has " + there);
            }
        }
        NavigableSet<Long> others = new TreeSet<>(served);
        others.removeAll(weights.keySet());
        return rest().signum() == 0 || !others.isEmpty() ? ""
                : "alias '" + name + "' leaves " + rest().toPlainString()
                        + " of the requests to the newest version that it does not name, and version_policy takes no other: it"
                        + " takes " + served
                        + "; take more, as with version_policy { all {} }, or let the weights add up to 1";
    }
}
