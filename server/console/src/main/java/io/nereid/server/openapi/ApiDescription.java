package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.OpenAiConfig;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.protocol.Version;
import io.nereid.server.service.Services;
import io.nereid.server.sharedmemory.SharedMemory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The OpenAPI 3.1 description of one server: the protocol as it serves it, and the models that are ready with their
 * tensors. Thread-safe.
 */
final class ApiDescription {
    private static final String OPENAPI = "3.1.0";
    private static final String ABOUT = "The v2 inference protocol as this server serves it. Models that are ready have"
            + " operations of their own, with their tensors and an example that works.";

    /** Of the heap, while one description is written: its thread and what it writes with; and what it keeps of each model. */
    private static final long HEAP_BYTES = 32 << 10;
    private static final long HEAP_BYTES_PER_MODEL = 1 << 10;

    private final ModelCatalog models;
    private final Set<String> features;
    private final Security security;
    private final ReentrantLock lock = new ReentrantLock();
    /** Null until the first is written: a server starts faster without. */
    @GuardedBy("lock")
    private @Nullable Fixed fixed;

    /** What is the same for all descriptions. */
    private record Fixed(JsonFactory factory, ProtocolDescription protocol) {}

    private ApiDescription(ModelCatalog models, Set<String> features, Security security) {
        this.models = models;
        this.features = Set.copyOf(features);
        this.security = security;
    }

    /** That of a server with these services. */
    static ApiDescription of(Services services, HttpConfig config) {
        Restrictions ofOpenAi = config.openAi().restrictions().orElse(config.restrictions());
        return new ApiDescription(services.inference().models(),
                features(services.control(), services.sharedMemory(), config.openAi()),
                new Security(config.restrictions(), config.openAi().enabled() ? ofOpenAi : Restrictions.NONE));
    }

    private static Set<String> features(ModelControl control, SharedMemory memory, OpenAiConfig openAi) {
        Set<String> on = new HashSet<>();
        if (openAi.enabled()) {
            on.add(ProtocolDescription.OPENAI);
        }
        if (isOn(() -> control.checkLoadable("any"))) {
            on.add(ProtocolDescription.MODEL_CONTROL);
        }
        if (isOn(memory::checkClientsAllowed)) {
            on.add(ProtocolDescription.CLIENT_SHARED_MEMORY);
        }
        return on;
    }

    private interface Check {
        void run() throws InferenceException;
    }

    private static boolean isOn(Check check) {
        try {
            check.run();
            return true;
        } catch (InferenceException e) {
            return e.code() != ErrorCode.UNAVAILABLE && e.code() != ErrorCode.UNSUPPORTED;
        }
    }

    /** Bytes of heap that writing the description takes now, until its client has read all of it. */
    long heapBytes() {
        return HEAP_BYTES + HEAP_BYTES_PER_MODEL * models.index().size();
    }

    private Fixed fixed() throws IOException {
        lock.lock();
        try {
            Fixed known = fixed;
            if (known == null) {
                JsonFactory factory = new JsonFactory();
                known = new Fixed(factory, ProtocolReader.read(factory, features, security));
                fixed = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes the whole description as it is now, and does not close {@code out}. Blocks as that does.
     *
     * @throws IOException what {@code out} throws
     */
    void write(OutputStream out) throws IOException {
        List<ModelDescription> ready = ModelDescription.all(models);
        Fixed known = fixed();
        ProtocolDescription protocol = known.protocol();
        JsonGenerator json = known.factory().createGenerator(out); // not closed: that would complete what ends early
        json.writeStartObject();
        json.writeStringField("openapi", OPENAPI);
        writeInfo(json);
        writeTags(json, protocol, ready);
        json.writeObjectFieldStart("paths");
        protocol.writePaths(json);
        for (ModelDescription model : ready) {
            new ModelPaths(model, security).write(json);
        }
        json.writeEndObject();
        json.writeObjectFieldStart("components");
        protocol.writeComponents(json);
        json.writeEndObject();
        json.writeEndObject();
        json.flush();
    }

    private static void writeInfo(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("info");
        json.writeStringField("title", "Nereid");
        json.writeStringField("version", Version.current());
        json.writeStringField("description", ABOUT);
        json.writeEndObject();
    }

    /** The models come first: they are what somebody looks for. */
    private static void writeTags(JsonGenerator json, ProtocolDescription protocol, List<ModelDescription> models)
            throws IOException {
        json.writeArrayFieldStart("tags");
        for (ModelDescription model : models) {
            if (model.newest()) {
                ModelPaths.writeTag(json, model);
            }
        }
        protocol.writeTags(json);
        json.writeEndArray();
    }
}
