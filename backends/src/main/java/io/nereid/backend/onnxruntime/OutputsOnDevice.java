package io.nereid.backend.onnxruntime;

import io.nereid.backend.device.DevicePool;
import io.nereid.backend.onnxruntime.binding.SessionCall;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.scheduler.instance.Batch;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * The outputs of a run that stay on its GPU: in memory that whoever asks has set aside there, or in memory that becomes
 * the responses'. What cannot stay goes to host memory, which is right always. Used by one thread.
 */
final class OutputsOnDevice {
    private final SessionCall call;
    private final List<TensorBuffer> buffers = new ArrayList<>(0);
    private final List<TensorData> given = new ArrayList<>(0);

    OutputsOnDevice(SessionCall call) {
        this.call = call;
    }

    /**
     * Where an output of {@code count} requests is left; null for host memory.
     *
     * @param index its number in the call
     * @param byteSize of all of them together
     */
    @Nullable
    TensorData place(int index, String output, long byteSize, Batch batch, int first, int count) {
        int device = call.outputDevice(index);
        if (device == TensorData.NO_DEVICE) {
            return null;
        }
        if (count == 1) {
            InferenceRequest request = batch.request(first);
            return switch (request.place(output)) {
                case OutputPlace.Host _ -> null;
                case OutputPlace.OnDevice(int wanted) -> wanted == device ? allocate(byteSize) : null;
                case OutputPlace.Given(TensorData memory) -> given(memory, device, byteSize, request);
            };
        }
        return allStay(output, device, batch, first, count) ? allocate(byteSize) : null;
    }

    /** Whether all requests that want the output want it on that GPU: then they share the memory of all rows. */
    private static boolean allStay(String output, int device, Batch batch, int first, int count) {
        for (int i = first; i < first + count; i++) {
            InferenceRequest request = batch.request(i);
            boolean stays = request.place(output) instanceof OutputPlace.OnDevice(int wanted) && wanted == device;
            if (!stays && request.wants(output)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable TensorData allocate(long byteSize) {
        TensorBuffer buffer = call.outputMemory(byteSize);
        if (buffer == null) {
            return null;
        }
        buffers.add(buffer);
        return buffer.data();
    }

    /** The first part of that memory, if a run may write there; what does not fit is an error of whoever copies it. */
    private @Nullable TensorData given(TensorData memory, int device, long byteSize, InferenceRequest request) {
        boolean fits = memory.device() == device && memory.address() % DevicePool.ALIGNMENT == 0
                && byteSize <= memory.length();
        if (!fits) {
            return null;
        }
        TensorData part = memory.slice(0, byteSize);
        for (Tensor input : request.inputs()) {
            if (overlap(part, input.memory())) {
                return null; // it would be written while it is read
            }
        }
        for (TensorData other : given) {
            if (overlap(part, other)) {
                return null;
            }
        }
        given.add(part);
        return part;
    }

    private static boolean overlap(TensorData one, TensorData other) {
        return one.device() == other.device() && one.address() < other.address() + other.length()
                && other.address() < one.address() + one.length();
    }

    /** Whether any output of the run stays. */
    boolean isAny() {
        return !buffers.isEmpty() || !given.isEmpty();
    }

    /** Hands the memory over that becomes the responses', each of whose leases the caller releases. */
    void takeLeases(List<Lease> leases) {
        leases.addAll(buffers);
        buffers.clear();
        given.clear();
    }

    /** Gives back what no response has taken. */
    void release() {
        buffers.forEach(TensorBuffer::release);
        buffers.clear();
        given.clear();
    }
}
