package io.nereid.server.cache;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/** Requests and responses with something in them. */
final class TestRequests {
    private TestRequests() {}

    static Tensor tensor(String name, DataType type, Shape shape, byte... data) {
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, data.length), 64).asSlice(0, data.length);
        MemorySegment.copy(data, 0, memory, ValueLayout.JAVA_BYTE, 0, data.length);
        return new Tensor(name, type, shape, memory);
    }

    static Tensor bytes(String name, byte... data) {
        return tensor(name, DataType.UINT8, Shape.of(data.length), data);
    }

    static InferenceRequest request(Lease memory, Tensor... inputs) {
        return request(memory, List.of(), Map.of(), inputs);
    }

    static InferenceRequest request(Lease memory, List<String> outputs, Map<String, ParameterValue> parameters,
            Tensor... inputs) {
        return new InferenceRequest("id", List.of(inputs), outputs, 1, RequestOptions.DEFAULT, parameters, memory);
    }

    static InferenceResponse response(Lease memory, Tensor... outputs) {
        return new InferenceResponse(List.of(outputs), Map.of("p", new ParameterValue.Int(7)), memory);
    }

    static byte[] data(Tensor tensor) {
        return tensor.data().toArray(ValueLayout.JAVA_BYTE);
    }
}
