package io.nereid.modelrepo.config;

import java.util.List;

/**
 * Makes a {@link ModelConfig} out of the text of a {@code config.pbtxt}, or out of its JSON form: reads it, fills in
 * what the server itself knows, and checks everything that can be checked before the backend has seen the model. Free
 * of state; for all threads.
 */
public final class ModelConfigParser {

    private ModelConfigParser() {}

    /**
     * Reads a configuration.
     *
     * @param modelName the name of the model's directory
     * @param fileName how problems name the file
     * @param text the whole file; empty for a model that has none
     * @param files those of the model's first version
     * @throws ModelConfigException with every problem that was found
     */
    public static ModelConfig parse(String modelName, String fileName, String text, VersionFiles files) {
        ConfigTextParser parser = new ConfigTextParser(text);
        MessageNode root = parser.parse(Schema.MODEL_CONFIG);
        return build(modelName, new ConfigSource(fileName, text, root, parser.warnings()), parser.problems(), files);
    }

    /**
     * {@link #parse} of a model that is served under another name than its directory has: the one in its configuration
     * makes no difference.
     *
     * @param modelName what it is served as
     */
    public static ModelConfig parseRenamed(String modelName, String fileName, String text, VersionFiles files) {
        ConfigTextParser parser = new ConfigTextParser(text);
        MessageNode root = parser.parse(Schema.MODEL_CONFIG);
        root.set("name", modelName);
        return build(modelName, new ConfigSource(fileName, text, root, parser.warnings()), parser.problems(), files);
    }

    /**
     * Reads a configuration in the JSON form of protobuf, which is what {@link ModelConfig#toJson} writes and the load
     * request of the repository API carries. It passes the same checks as a file.
     *
     * @param modelName the name of the model's directory
     * @param sourceName how problems name the text, as {@code config override}
     * @param text one JSON object
     * @param files those of the model's first version
     * @throws ModelConfigException with every problem that was found
     */
    public static ModelConfig parseJson(String modelName, String sourceName, String text, VersionFiles files) {
        ConfigJsonParser parser = new ConfigJsonParser(text);
        MessageNode root = parser.parse(Schema.MODEL_CONFIG);
        return build(modelName, new ConfigSource(sourceName, text, root, List.of()), parser.problems(), files);
    }

    private static ModelConfig build(String modelName, ConfigSource source, List<ConfigProblem> syntaxProblems,
            VersionFiles files) {
        // After a problem of syntax nobody can say whether something is missing or was just not understood.
        Problems problems = new Problems(modelName, source, syntaxProblems, syntaxProblems.isEmpty());
        MessageNode config = source.root().copy();
        if (config.string("name").isEmpty()) {
            config.set("name", modelName);
        } else if (!config.string("name").equals(modelName)) {
            problems.wrong("name", "unexpected directory name '" + modelName + "' for model '" + config.string("name")
                    + "', directory name must equal model name");
        }
        BackendAutofill.fill(config, files, problems);
        ConfigNormalizer.normalize(config);
        ModelConfig read = new ModelConfig(config, source);
        ConfigValidator.validate(read, problems);
        // The backend may still complete inputs and outputs: what they lack is reported by ModelConfigCompletion.
        TensorValidator.validate(read, problems.withoutMissing());
        problems.throwIfAny();
        return read;
    }
}
