package io.nereid.perf.input;

import io.nereid.perf.json.GrpcAnswers;
import io.nereid.perf.json.JsonObject;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;

/** Answers of servers, recorded from Nereid 0.1 and from Triton 2.51.0. */
final class Recorded {
    private Recorded() {}

    /** As HTTP gave it. */
    static ModelDescription model(String name) throws IOException, InputException {
        return ModelDescription.of(JsonObject.parse(bytes(name + ".json")),
                Optional.of(JsonObject.parse(bytes(name + "-config.json"))));
    }

    /** As gRPC gave it. */
    static ModelDescription modelOverGrpc(String name) throws IOException, InputException {
        return ModelDescription.of(GrpcAnswers.modelMetadata(ByteBuffer.wrap(bytes(name + ".bin"))),
                Optional.of(GrpcAnswers.modelConfig(ByteBuffer.wrap(bytes(name + "-config.bin")))));
    }

    private static byte[] bytes(String file) throws IOException {
        try (InputStream stream = Objects.requireNonNull(Recorded.class.getResourceAsStream(file), file)) {
            return stream.readAllBytes();
        }
    }
}
