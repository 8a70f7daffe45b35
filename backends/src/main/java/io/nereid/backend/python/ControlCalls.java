package io.nereid.backend.python;

import io.nereid.backend.ModelServices;
import io.nereid.backend.WorkerMemory;
import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.Location;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.process.Replies;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Models that a model has the server load and unload. Thread-safe; what blocks runs on a virtual thread. */
final class ControlCalls {
    private static final Logger LOG = LoggerFactory.getLogger(ControlCalls.class);

    private final ModelServices services;
    private final WorkerMemory shared;
    private final Extents extents;

    ControlCalls(ModelServices services, WorkerMemory shared, Extents extents) {
        this.services = services;
        this.shared = shared;
        this.extents = extents;
    }

    /** What may take long, and ends a call by a reply, unless it fails. */
    @FunctionalInterface
    private interface Work {
        void run() throws InferenceException;
    }

    /** @param waiting as {@link ModelServices#load} says */
    void load(String waiting, long call, FrameReader in, Replies replies) throws MalformedFrameException {
        String model = in.str();
        String config = in.str();
        List<Lease> leases = new ArrayList<>();
        Map<String, MemorySegment> files = files(in, leases);
        start(call, replies, () -> {
            try {
                services.load(waiting, model, config, files);
            } finally {
                leases.forEach(Lease::release);
            }
            replies.done(call);
        });
    }

    private Map<String, MemorySegment> files(FrameReader in, List<Lease> leases) throws MalformedFrameException {
        Map<String, MemorySegment> files = new LinkedHashMap<>();
        try {
            int count = in.count(2 * Integer.BYTES);
            for (int i = 0; i < count; i++) {
                String name = in.str();
                files.put(name, file(in.location(), leases));
            }
            return files;
        } catch (MalformedFrameException e) {
            leases.forEach(Lease::release);
            throw e;
        }
    }

    private MemorySegment file(Location location, List<Lease> leases) throws MalformedFrameException {
        return switch (location) {
            case Location.Inline(MemorySegment bytes) -> MemorySegment.ofArray(bytes.toArray(ValueLayout.JAVA_BYTE));
            case Location.Shared range -> {
                leases.add(extents.keep(range));
                yield shared.range(range.offset(), range.length());
            }
        };
    }

    void unload(long call, FrameReader in, Replies replies) throws MalformedFrameException {
        String model = in.str();
        boolean dependents = in.flag();
        start(call, replies, () -> {
            services.unload(model, dependents);
            replies.done(call);
        });
    }

    void isReady(long call, FrameReader in, Replies replies) throws MalformedFrameException {
        String model = in.str();
        String version = in.str();
        start(call, replies, () -> replies.flag(call, services.isReady(model, version)));
    }

    private static void start(long call, Replies replies, Work work) {
        Thread.ofVirtual().name("python-call").start(() -> {
            try {
                work.run();
            } catch (InferenceException e) {
                replies.error(call, e);
            } catch (RuntimeException | Error e) {
                LOG.error("a call of a Python model failed", e);
                replies.error(call, InferenceException.ofInternalError(e));
            }
        });
    }
}
