package io.nereid.server.console.calls;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The smallest request that a model takes.
 *
 * @param inputs one or more, {@link ModelSignature#smallestInputs}
 * @param outputs the names of all outputs
 * @param sequence whether it is a whole sequence of one request
 * @param decoupled whether it may have any number of responses, which only a stream brings
 */
record ExampleRequest(List<ExampleInput> inputs, List<String> outputs, boolean sequence, boolean decoupled) {
    static ExampleRequest of(ModelSignature signature, ModelConfig config) {
        return new ExampleRequest(signature.smallestInputs().stream().map(ExampleInput::of).toList(),
                signature.outputs().stream().map(TensorSpec::name).toList(),
                config.scheduling() instanceof SequenceBatchingConfig, config.decoupled());
    }

    /** Whether bytes follow its JSON. */
    boolean isBinary() {
        return inputs.stream().anyMatch(ExampleInput::isBinary);
    }

    /** Bytes that follow its JSON, all of them zero. */
    long binaryBytes() {
        return inputs.stream().filter(ExampleInput::isBinary).mapToLong(ExampleInput::binaryBytes).sum();
    }

    /** Its JSON for {@code infer}. */
    String json() {
        String parameters = sequence
                ? "\"parameters\":{\"sequence_id\":1,\"sequence_start\":true,\"sequence_end\":true},"
                : "";
        return "{" + parameters
                + inputs.stream().map(ExampleInput::json).collect(Collectors.joining(",", "\"inputs\":[", "]}"));
    }

    int jsonBytes() {
        return json().getBytes(StandardCharsets.UTF_8).length;
    }

    /** Its JSON for {@code generate_stream}. */
    String generateJson() {
        return inputs.stream().map(input -> Texts.inJson(input.name()) + ":" + input.data())
                .collect(Collectors.joining(",", "{", "}"));
    }
}
