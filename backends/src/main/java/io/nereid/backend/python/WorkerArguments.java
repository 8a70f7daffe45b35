package io.nereid.backend.python;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.worker.RequestWriter;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelOutput;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** What a worker is told of its model with the first question. Stateless. */
final class WorkerArguments {
    private static final JsonFactory JSON = new JsonFactory();

    private WorkerArguments() {}

    /** Writes the members of an object. */
    @FunctionalInterface
    private interface Members {
        void write(JsonGenerator out) throws IOException;
    }

    /** The beginning of a question about a version of a model; its own fields follow. */
    static FrameWriter question(int type, ModelVersion version, ModelConfig config) {
        return new FrameWriter(4096).begin(type).str(version.modelDirectory().toString())
                .str(String.valueOf(version.version())).str(config.defaultModelFilename());
    }

    /** What {@code initialize} is given: seven texts. */
    static String args(ModelVersion version, ModelConfig config, InstancePlacement placement) {
        return object(out -> {
            out.writeStringField("model_config", config.toJson());
            out.writeStringField("model_instance_kind", placement.kind().name());
            out.writeStringField("model_instance_name", placement.name());
            out.writeStringField("model_instance_device_id", String.valueOf(placement.deviceId()));
            out.writeStringField("model_repository", version.modelDirectory().toString());
            out.writeStringField("model_version", String.valueOf(version.version()));
            out.writeStringField("model_name", config.name());
        });
    }

    /** What the worker itself has to know. */
    static String options(ModelConfig config, String instance) {
        return object(out -> {
            out.writeBooleanField("decoupled", config.decoupled());
            out.writeBooleanField("iterative", config.iterative());
            out.writeNumberField("max_inline", RequestWriter.MAX_INLINE);
            out.writeArrayFieldStart("outputs");
            for (ModelOutput output : config.outputs()) {
                out.writeString(output.name());
            }
            out.writeEndArray();
            out.writeStringField("instance", instance);
            out.writeNumberField("pid", ProcessHandle.current().pid());
        });
    }

    private static String object(Members members) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(text)) {
            out.writeStartObject();
            members.write(out);
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.toString();
    }
}
