package io.nereid.server.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The flags that were given and their values, all of them well-formed; the defaults of the others. */
public final class FlagValues {
    private final Map<Flag<?>, List<String>> given;

    private FlagValues(Map<Flag<?>, List<String>> given) {
        this.given = given;
    }

    /**
     * Takes the texts of the flags that were given, in the order of the table.
     *
     * @throws UsageException where one is malformed, out of range, or asks for what is not built and must not be left
     *     out
     */
    public static FlagValues of(Map<Flag<?>, List<String>> texts) throws UsageException {
        FlagValues values = new FlagValues(new LinkedHashMap<>(texts));
        for (Map.Entry<Flag<?>, List<String>> entry : texts.entrySet()) {
            for (String text : entry.getValue()) {
                entry.getKey().read(text);
            }
            values.checkBuilt(entry.getKey());
        }
        return values;
    }

    /** The value of a flag: the last one given, or its default. The flag must have a default. */
    public <T> T get(Flag<T> flag) throws UsageException {
        List<String> texts = given.getOrDefault(flag, List.of());
        return flag.read(texts.isEmpty() ? flag.defaultText() : texts.getLast());
    }

    /** Every value given of a repeatable flag, in order; none when it was not given. */
    public <T> List<T> all(Flag<T> flag) throws UsageException {
        List<T> values = new ArrayList<>();
        for (String text : given.getOrDefault(flag, List.of())) {
            values.add(flag.read(text));
        }
        return values;
    }

    /** {@link #get}, of a flag in seconds. */
    public Duration seconds(Flag<Long> flag) throws UsageException {
        return Duration.ofSeconds(get(flag));
    }

    /** {@link #get}, of a flag in milliseconds. */
    public Duration millis(Flag<Long> flag) throws UsageException {
        return Duration.ofMillis(get(flag));
    }

    /** Whether the flag was given. */
    public boolean isGiven(Flag<?> flag) {
        return given.containsKey(flag);
    }

    /** One line for each flag that was given and has no effect. */
    public List<String> warnings() {
        List<String> lines = new ArrayList<>();
        for (Flag<?> flag : given.keySet()) {
            if (flag.treatment() instanceof Treatment.NoEffectYet(String feature, Set<String> off)) {
                wanted(flag, off).forEach(text -> lines.add("%s=%s has no effect yet: %s is not built"
                        .formatted(flag.option(), text, feature)));
            }
        }
        return lines;
    }

    private void checkBuilt(Flag<?> flag) throws UsageException {
        if (flag.treatment() instanceof Treatment.Refused(String feature, Set<String> off)) {
            for (String text : wanted(flag, off)) {
                throw new UsageException("%s=%s: %s is not built yet, and the server does not start without what it "
                        .formatted(flag.option(), text, feature)
                        + "was asked for; leave the flag out"
                        + (off.isEmpty() ? "" : " or give " + flag.option() + "=" + String.join(" or ", off)));
            }
        }
    }

    /** The values that count and are not off; read first, so that {@code 0} is as off as {@code false}. */
    private List<String> wanted(Flag<?> flag, Set<String> off) {
        List<String> texts = given.getOrDefault(flag, List.of());
        List<String> counting = flag.repeatable() ? texts : texts.subList(Math.max(0, texts.size() - 1), texts.size());
        return counting.stream().filter(text -> !off.contains(text) && !off.contains(canonical(flag, text))).toList();
    }

    private static String canonical(Flag<?> flag, String text) {
        return String.valueOf(flag.type().reader().apply(text));
    }
}
