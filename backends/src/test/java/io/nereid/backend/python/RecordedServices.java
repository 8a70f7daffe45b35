package io.nereid.backend.python;

import io.nereid.backend.ModelCall;
import io.nereid.backend.ModelMetrics;
import io.nereid.backend.ModelServices;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that notes what models ask of it. A model called "none" fails; one called "defect" is more than it can
 * handle. Thread-safe.
 */
final class RecordedServices implements ModelServices {
    final BlockingQueue<String> done = new LinkedBlockingQueue<>();
    final BlockingQueue<Started> started = new LinkedBlockingQueue<>();
    final AtomicInteger cancelled = new AtomicInteger();

    /** An inference, which the test answers. */
    record Started(ModelCall call, ResponseListener listener) {}

    @Override
    public Cancellation infer(ModelCall call, ResponseListener listener) {
        started.add(new Started(call, listener));
        return cancelled::incrementAndGet;
    }

    private static void check(String model) throws InferenceException {
        switch (model) {
            case "none" -> throw new InferenceException(ErrorCode.NOT_FOUND, "no such model");
            case "defect" -> throw new IllegalStateException("defect");
            default -> {
                // It is there.
            }
        }
    }

    @Override
    public void load(String waiting, String model, String config, Map<String, MemorySegment> files)
            throws InferenceException {
        Map<String, String> texts = new TreeMap<>();
        files.forEach((name, bytes) -> texts.put(name,
                new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1)));
        done.add("load " + model + " '" + config + "' " + texts + (waiting.isEmpty() ? "" : " for " + waiting));
        check(model);
    }

    @Override
    public void unload(String model, boolean dependents) throws InferenceException {
        done.add("unload " + model + " " + dependents);
        check(model);
    }

    @Override
    public boolean isReady(String model, String version) throws InferenceException {
        check(model);
        return model.equals("ready") && version.equals("3");
    }

    @Override
    public ModelMetrics openMetrics() {
        throw new AssertionError("no model here has metrics");
    }
}
