package io.nereid.modelrepo.config;

import java.util.List;

/**
 * A model's configuration cannot be used. The message names the model and lists every problem with its file, line and
 * column, the line itself and a caret; it is meant to be shown as it is.
 */
public final class ModelConfigException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient List<ConfigProblem> problems;

    ModelConfigException(String message, List<ConfigProblem> problems) {
        super(message);
        this.problems = List.copyOf(problems);
    }

    /** A problem that has no place in a file. */
    ModelConfigException(String message) {
        this(message, List.of(new ConfigProblem(message, 0, 0)));
    }

    /** Every problem, in the order of the file; those without a place first. */
    public List<ConfigProblem> problems() {
        return problems;
    }
}
