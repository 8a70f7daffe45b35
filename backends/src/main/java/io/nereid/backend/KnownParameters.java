package io.nereid.backend;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.NearestName;
import io.nereid.modelrepo.config.VersionAlias;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The {@code parameters} of a model's configuration, for a backend that knows all that may be there: a name or a value
 * that it does not know fails the load, with what was expected. Immutable.
 */
public final class KnownParameters {
    /** What the server reads of every model's parameters, whatever its backend. */
    private static final Set<String> OF_THE_SERVER = Set.of("keep");

    private final String model;
    private final String backend;
    private final Map<String, String> values;

    private KnownParameters(String model, String backend, Map<String, String> values) {
        this.model = model;
        this.backend = backend;
        this.values = values;
    }

    /**
     * Those of a model.
     *
     * @param backend the backend's name, for messages
     * @param names all that may be there, beside aliases of versions
     * @throws InferenceException INVALID_ARG if there is another one
     */
    public static KnownParameters of(ModelConfig config, String backend, List<String> names)
            throws InferenceException {
        KnownParameters parameters = new KnownParameters(config.name(), backend, config.parameters());
        for (String name : config.parameters().keySet()) {
            boolean ofServer = OF_THE_SERVER.contains(name) || name.startsWith(VersionAlias.PREFIX);
            if (!names.contains(name) && !ofServer) {
                throw parameters.unable("it has a parameter '" + name + "'" + NearestName.hint(name, names)
                        + " (expected only " + String.join(", ", names) + ")");
            }
        }
        return parameters;
    }

    /** The value without the spaces around it; null where there is none. */
    public @Nullable String text(String name) {
        String value = values.get(name);
        return value == null ? null : value.strip();
    }

    /**
     * One of a few words; the first of them where there is none.
     *
     * @throws InferenceException INVALID_ARG if it is another word
     */
    public String choice(String name, List<String> words) throws InferenceException {
        String value = text(name);
        if (value == null) {
            return words.getFirst();
        }
        if (!words.contains(value)) {
            throw wrong(name, String.join(" or ", words));
        }
        return value;
    }

    /**
     * A whole number.
     *
     * @param otherwise what it is where there is none
     * @throws InferenceException INVALID_ARG if it is none, less than {@code min} or more than {@code max}
     */
    public long number(String name, long otherwise, long min, long max) throws InferenceException {
        String value = text(name);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw wrong(name, "a whole number from " + min + " to " + max);
    }

    /** The error of a parameter whose value is not what it has to be. */
    public InferenceException wrong(String name, String expected) {
        return unable("parameter '" + name + "' is '" + values.get(name) + "' (expected " + expected + ")");
    }

    /** The error of a model that cannot be loaded, and why. */
    public InferenceException unable(String why) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "unable to load model '" + model + "' with the " + backend + " backend: " + why);
    }
}
