package io.nereid.backend.isolation.process;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.BackendModel;
import io.nereid.backend.worker.RequestWriter;
import io.nereid.backend.worker.message.Answer;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.message.ParametersJson;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Outcome;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.instance.DirectRun;
import io.nereid.scheduler.instance.ModelInstance;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/** The one instance of a worker. Used by the thread that executes, but for {@link #terminate}. */
final class OpenModel implements AutoCloseable {
    private static final long NONE = 0;

    private final BackendModel model;
    private final ModelInstance instance;
    private final DirectRun run;
    private final SharedMapping shared;
    private final IncomingRequests incoming;
    private final OutputMemory outputs;
    private final UnaryOperator<InferenceException> explained;
    private final ReentrantLock lock = new ReentrantLock();
    /** The last request of the execution under way. */
    @GuardedBy("lock")
    private long running = NONE;
    /** Executions up to that of this request are to end early. */
    @GuardedBy("lock")
    private long terminated = NONE;

    /**
     * An instance that is there.
     *
     * @param model closed with it
     * @param explained what an error of an execution becomes
     */
    OpenModel(BackendModel model, ModelInstance instance, SharedMapping shared, IncomingRequests incoming,
            OutputMemory outputs, UnaryOperator<InferenceException> explained) {
        this.model = model;
        this.instance = instance;
        this.shared = shared;
        this.incoming = incoming;
        this.outputs = outputs;
        this.explained = explained;
        this.run = new DirectRun(instance, (source, error) -> System.err.println(source + " failed: " + error));
    }

    /** Executes what the message asks for, and writes the answer. */
    void execute(FrameReader in, FrameWriter out) throws IOException, InferenceException {
        outputs.begin(in.i64(), in.i64());
        int count = in.count(Long.BYTES);
        List<InferenceRequest> requests = new ArrayList<>(count);
        long last = NONE;
        for (int i = 0; i < count; i++) {
            IncomingRequests.Numbered request = incoming.read(in);
            requests.add(request.request());
            last = request.handle();
        }
        in.end();
        begin(last);
        List<Outcome> outcomes;
        try {
            outcomes = run.execute(requests);
        } finally {
            end();
        }
        out.begin(MessageType.EXECUTED).u32(outcomes.size());
        for (Outcome outcome : outcomes) {
            write(out, outcome);
        }
        out.u32(0); // no request's inputs are of use any more
        long[] granted = outputs.granted();
        out.u32(granted.length);
        for (long offset : granted) {
            out.u64(offset);
        }
        out.end();
    }

    private void write(FrameWriter out, Outcome outcome) {
        switch (outcome) {
            case InferenceException error -> out.u8(Answer.FAILURE).error(explained.apply(error));
            case InferenceResponse response -> {
                out.u8(Answer.RESPONSE).str(ParametersJson.write(response.parameters()))
                        .u32(response.outputs().size());
                for (Tensor output : response.outputs()) {
                    out.tensorHead(output.name(), output.dataType(), output.shape());
                    writeData(out, output.data());
                }
                response.memory().release();
            }
        }
    }

    /** A long output lies in {@link OutputMemory}, and so in shared memory. */
    private void writeData(FrameWriter out, MemorySegment data) {
        long offset = shared.offsetOf(data);
        if (data.byteSize() > RequestWriter.MAX_INLINE && offset >= 0) {
            out.shared(offset, data.byteSize());
        } else {
            out.inline(data);
        }
    }

    private void begin(long last) {
        lock.lock();
        try {
            running = last;
            if (terminated >= last) {
                instance.terminate();
            }
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            if (terminated >= running) {
                instance.forgetTermination();
            }
            running = NONE;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody wants the answers of the execution that ends with that request. On any thread. */
    void terminate(long last) {
        lock.lock();
        try {
            terminated = Math.max(terminated, last);
            if (running != NONE && terminated >= running) {
                instance.terminate();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        instance.close();
        model.close();
    }
}
