package io.nereid.backend.tokenizer;

import io.nereid.backend.KnownParameters;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a model's parameters, tensors and files say (docs/embeddings.md).
 *
 * @param tokenizer makes the tokens
 * @param input the name of the texts
 * @param outputs what is answered
 * @param batching whether all tensors have a batch dimension
 */
record TokenizerSettings(Tokenizer tokenizer, String input, List<Output> outputs, boolean batching) {
    static final String BACKEND = "tokenizer";
    private static final String FILE = "file";
    private static final String MAX_TOKENS = "max_tokens";
    private static final String LOWERCASE = "lowercase";
    private static final List<String> NAMES = List.of(FILE, MAX_TOKENS, LOWERCASE);
    private static final List<Long> ANY_LENGTH = List.of(-1L);
    private static final long LONGEST = 1 << 16;
    private static final long LARGEST_FILE = 64 << 20;

    TokenizerSettings {
        outputs = List.copyOf(outputs);
    }

    /**
     * One output.
     *
     * @param wide whether its numbers have 64 bits, not 32
     */
    record Output(String name, Kind kind, boolean wide) {}

    /** What the numbers of an output are. */
    enum Kind {
        /** The tokens. */
        INPUT_IDS,
        /** 1 for each token, 0 for what fills up the row. */
        ATTENTION_MASK,
        /** 0: there is one text in a row. */
        TOKEN_TYPE_IDS,
        /** How many tokens a row has. */
        NUM_TOKENS;

        String outputName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The configuration with the input and the outputs that it does not have. */
    static ModelConfig complete(ModelConfig config) {
        ModelConfig complete = config;
        if (config.inputs().isEmpty()) {
            complete = complete.withInputs(List.of(ModelInput.of("text", DataType.STRING, List.of(1L))));
        }
        if (config.outputs().isEmpty()) {
            complete = complete.withOutputs(List.of(ModelOutput.of("input_ids", DataType.INT64, ANY_LENGTH),
                    ModelOutput.of("attention_mask", DataType.INT64, ANY_LENGTH),
                    ModelOutput.of("token_type_ids", DataType.INT64, ANY_LENGTH)));
        }
        return complete;
    }

    /** @throws InferenceException INVALID_ARG if parameters, files and tensors do not agree */
    static TokenizerSettings of(ModelVersion version, ModelConfig config) throws InferenceException {
        KnownParameters parameters = KnownParameters.of(config, BACKEND, NAMES);
        if (config.inputs().size() != 1 || config.inputs().getFirst().dataType() != DataType.STRING
                || !config.inputs().getFirst().dims().equals(List.of(1L))) {
            throw parameters.unable("its inputs are not one of TYPE_STRING with dims [1] (expected the text)");
        }
        List<Output> outputs = new ArrayList<>();
        for (ModelOutput output : config.outputs()) {
            outputs.add(output(parameters, output));
        }
        return new TokenizerSettings(tokenizer(version, parameters), config.inputs().getFirst().name(), outputs,
                config.maxBatchSize() > 0);
    }

    private static Output output(KnownParameters parameters, ModelOutput output) throws InferenceException {
        for (Kind kind : Kind.values()) {
            if (kind.outputName().equals(output.name())) {
                List<Long> dims = kind == Kind.NUM_TOKENS ? List.of(1L) : ANY_LENGTH;
                boolean wide = output.dataType() == DataType.INT64;
                if ((!wide && output.dataType() != DataType.INT32) || !output.dims().equals(dims)) {
                    throw parameters.unable("output '" + output.name() + "' has " + output.dataType().configName()
                            + " and dims " + output.dims() + " (expected TYPE_INT64 or TYPE_INT32, and " + dims + ")");
                }
                return new Output(output.name(), kind, wide);
            }
        }
        throw parameters.unable("it has an output '" + output.name()
                + "' (expected only input_ids, attention_mask, token_type_ids, num_tokens)");
    }

    private static Tokenizer tokenizer(ModelVersion version, KnownParameters parameters) throws InferenceException {
        Path file = file(version, parameters);
        int maxTokens = (int) parameters.number(MAX_TOKENS, 0, 3, LONGEST);
        boolean lowercase = parameters.choice(LOWERCASE, List.of("true", "false")).equals("true");
        boolean lines = file.getFileName().toString().endsWith(".txt");
        if (!lines && parameters.text(LOWERCASE) != null) {
            throw parameters.unable("it has a parameter 'lowercase' (expected only beside a vocab.txt: "
                    + file.getFileName() + " says that itself)");
        }
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw parameters.unable(file.getFileName() + " has more than " + LARGEST_FILE + " bytes");
            }
            TokenizerFile read = new TokenizerFile(maxTokens);
            return lines ? read.ofLines(Files.readAllLines(file), lowercase) : read.ofJson(file);
        } catch (IOException | TokenizerFile.FormatException e) {
            throw parameters.unable("its file " + file.getFileName() + ": " + e.getMessage());
        }
    }

    private static Path file(ModelVersion version, KnownParameters parameters) throws InferenceException {
        String named = parameters.text(FILE);
        for (String name : named == null ? List.of("tokenizer.json", "vocab.txt") : List.of(named)) {
            Path file = version.modelDirectory().resolve(name).normalize();
            if (file.startsWith(version.modelDirectory().normalize()) && Files.isRegularFile(file)) {
                return file;
            }
        }
        throw parameters.unable("it has no " + (named == null ? "tokenizer.json and no vocab.txt" : "file " + named)
                + " in its directory (expected the tokens of its model)");
    }
}
