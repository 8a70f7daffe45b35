package io.nereid.server.tracing;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What of a request is recorded; nothing at all is {@link #OFF}. */
public enum TraceLevel {
    /** When what happened. */
    TIMESTAMPS,
    /** The values of inputs and outputs. */
    TENSORS;

    /** What the protocol calls no level. */
    public static final String OFF = "OFF";

    /** The names of levels as the protocol has them. */
    public static List<String> names(Set<TraceLevel> levels) {
        List<String> names = new ArrayList<>();
        EnumSet.allOf(TraceLevel.class).stream().filter(levels::contains).forEach(level -> names.add(level.name()));
        return names.isEmpty() ? List.of(OFF) : names;
    }
}
