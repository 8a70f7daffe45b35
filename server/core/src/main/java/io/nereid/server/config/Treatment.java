package io.nereid.server.config;

import java.util.Set;

/** What comes of a flag that is given. */
public sealed interface Treatment {

    /** It does what it says. */
    record Applied() implements Treatment {}

    /**
     * It belongs to a feature that is not built, and a server without it gives the same answers: the command line of a
     * Triton server still starts, and a warning says what is missing.
     *
     * @param feature the feature, as the subject of "... is not built", in the middle of a sentence
     * @param off values that ask for nothing, so that there is nothing to warn of
     */
    record NoEffectYet(String feature, Set<String> off) implements Treatment {}

    /**
     * It belongs to a feature that is not built, and to go on without it would change answers or leave open what was
     * meant to be closed: the server does not start.
     *
     * @param feature the feature, as the subject of "... is not built", in the middle of a sentence
     * @param off values that ask for nothing and pass
     */
    record Refused(String feature, Set<String> off) implements Treatment {}
}
