package io.nereid.backend.isolation.process;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.device.NativeHeap;
import io.nereid.backend.onnxruntime.OnnxRuntimeBackend;
import io.nereid.backend.worker.message.FrameInput;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.scheduler.instance.ModelInstance;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Answers the server's questions, one after the other, on the thread that reads them. */
final class Worker {
    private static final long POOLED_BYTES = 64L << 20;
    /**
     * Where an allocation has failed, ONNX Runtime's arena takes all that is left with the next one: then nothing else can be
     * allocated, and all requests after it fail.
     */
    private static final String MEM_ARENA = "enable_mem_arena";
    private static final String OFF = "0";

    private final SharedMapping shared;
    private final OutputStream answers;
    private final long memoryLimit;
    private final TensorMemory memory;
    private final OutputMemory outputs;
    private final FrameWriter out = new FrameWriter(4096);
    private @Nullable Backend backend;
    private volatile @Nullable OpenModel model;

    /** @param memoryLimit of this process, in bytes; 0 for none */
    Worker(SharedMapping shared, ServerCalls server, OutputStream answers, long memoryLimit) {
        this.shared = shared;
        this.answers = answers;
        this.memoryLimit = memoryLimit;
        this.memory = new TensorMemory(Long.MAX_VALUE, POOLED_BYTES, NativeHeap.ofThisProcess());
        this.outputs = new OutputMemory(shared, server, memory);
    }

    /** The execution that ends with that request is to end early. On any thread. */
    void terminate(long last) {
        OpenModel opened = model;
        if (opened != null) {
            opened.terminate(last);
        }
    }

    /** Answers until there are no more questions. */
    void answer(FrameInput questions) throws IOException {
        for (FrameReader question = questions.next(); question != null; question = questions.next()) {
            try {
                answer(question);
            } catch (InferenceException e) {
                out.begin(MessageType.FAILED).error(explained(e)).u32(0).end();
            }
            answers.write(out.bytes(), 0, out.size());
        }
    }

    private void answer(FrameReader question) throws IOException, InferenceException {
        switch (question.type()) {
            case MessageType.COMPLETE -> {
                Subject subject = Subject.read(question);
                ModelConfig complete = backend(subject).complete(subject.version(), subject.config());
                out.begin(MessageType.CONFIG).flag(true).str(complete.toJson()).end();
            }
            case MessageType.START -> {
                Subject subject = Subject.read(question);
                model = open(subject, new InstancePlacement(question.str(),
                        InstancePlacement.Kind.valueOf(question.str()), 0, question.i32(), false));
                out.begin(MessageType.STARTED).flag(false).flag(true).end();
            }
            case MessageType.EXECUTE -> opened().execute(question, out);
            case MessageType.FINISH -> {
                close();
                out.begin(MessageType.FINISHED).end();
            }
            default -> throw new MalformedFrameException("a question of type " + question.type());
        }
    }

    private OpenModel opened() throws MalformedFrameException {
        OpenModel opened = model;
        if (opened == null) {
            throw new MalformedFrameException("an execution before a model was opened");
        }
        return opened;
    }

    private OpenModel open(Subject subject, InstancePlacement placement) throws InferenceException {
        ModelConfig config = memoryLimit > 0 ? subject.config().withParameter(MEM_ARENA, OFF) : subject.config();
        BackendModel loaded = backend(subject).load(subject.version(), config);
        ModelInstance instance = loaded.createInstance(placement);
        instance.prepare();
        return new OpenModel(loaded, instance, shared,
                new IncomingRequests(shared, memory, subject.config().maxBatchSize() > 0), outputs, this::explained);
    }

    private Backend backend(Subject subject) throws InferenceException {
        Backend opened = backend;
        if (opened == null) {
            opened = new OnnxRuntimeBackend(new BackendEnvironment(memory, outputs, subject.settings(),
                    CpuBudget.ofThisProcess(), CudaDevices.NONE));
            backend = opened;
        }
        return opened;
    }

    /** Of an allocation that fails ONNX Runtime says the size alone. */
    private InferenceException explained(InferenceException e) {
        boolean isMemory = e.text().contains("Failed to allocate memory") || e.text().contains("bad_alloc");
        return isMemory && memoryLimit > 0 ? e.withText(e.text() + " (the model's worker may take "
                + (memoryLimit >> 20) + " MiB: parameter isolation.memory_limit_mb)") : e;
    }

    private void close() {
        OpenModel opened = model;
        model = null;
        if (opened != null) {
            opened.close();
        }
        if (backend != null) {
            backend.close();
        }
    }

    /**
     * What a first question is about.
     *
     * @param settings of the backend
     */
    private record Subject(ModelVersion version, ModelConfig config, Map<String, String> settings) {
        static Subject read(FrameReader in) throws MalformedFrameException {
            ModelVersion version = new ModelVersion(in.str(), in.i64(), Path.of(in.str()), Path.of(in.str()));
            ModelConfig config = ModelConfigParser.parseJson(version.model(), "the server", in.str(),
                    name -> Files.exists(version.versionDirectory().resolve(name)));
            return new Subject(version, config, settings(in.strings()));
        }

        private static Map<String, String> settings(List<String> texts) {
            Map<String, String> settings = new HashMap<>();
            for (String text : texts) {
                int equals = text.indexOf('=');
                settings.put(text.substring(0, equals), text.substring(equals + 1));
            }
            return settings;
        }
    }
}
