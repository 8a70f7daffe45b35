package io.nereid.modelrepo.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** What the tests of this package share. */
final class TestConfigs {

    /** A configuration that needs nothing more, to be extended. */
    static final String SOUND = """
            backend: "identity"
            input { name: "IN" data_type: TYPE_FP32 dims: 4 }
            output { name: "OUT" data_type: TYPE_FP32 dims: 4 }
            """;

    private TestConfigs() {}

    static String resource(String name) {
        try (InputStream in = TestConfigs.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ModelConfig parse(String text) {
        return ModelConfigParser.parse("m", "config.pbtxt", text, _ -> false);
    }

    /** The tree of a text that has no problem, before anything is filled in. */
    static MessageNode tree(String text) {
        ConfigTextParser parser = new ConfigTextParser(text);
        MessageNode root = parser.parse(Schema.MODEL_CONFIG);
        assertThat(parser.problems()).as(text).isEmpty();
        return root;
    }

    /** Parsed and completed on a machine without GPUs. */
    static ModelConfig complete(String text) {
        return ModelConfigCompletion.complete(parse(text), List.of(), List.of());
    }

    /** The messages of the problems of a text that are reported before a backend has completed it. */
    static List<String> problemsBeforeTheBackend(String text) {
        ModelConfigException e = catchThrowableOfType(ModelConfigException.class, () -> parse(text));
        return e == null ? List.of() : e.problems().stream().map(ConfigProblem::message).toList();
    }

    /** The problems of a text, each as {@code line:column message}. */
    static List<String> problems(String text) {
        ModelConfigException e = catchThrowableOfType(ModelConfigException.class, () -> complete(text));
        return e == null ? List.of()
                : e.problems().stream()
                        .map(problem -> problem.line() + ":" + problem.column() + " " + problem.message()).toList();
    }
}
