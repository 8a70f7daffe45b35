package io.nereid.server.cache;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers as bytes for a cache outside of this process: a version, the parameters, then each output's name, datatype,
 * shape and elements; numbers are big-endian. Stateless.
 */
final class ResponseCodec {
    private static final int VERSION = 1;
    /** More than any model has: what says more is damaged, and so is what ends before so many. */
    private static final int MAX_COUNT = 1 << 16;
    private static final int LEAST_BYTES = Integer.BYTES;

    private ResponseCodec() {}

    /** The bytes of an answer of less than 2 GiB, which stays the caller's. */
    static byte[] write(InferenceResponse response) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            write(out, response.parameters());
            out.writeInt(response.outputs().size());
            for (Tensor output : response.outputs()) {
                write(out, output);
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Map<String, ParameterValue> parameters) throws IOException {
        out.writeInt(parameters.size());
        for (Map.Entry<String, ParameterValue> parameter : parameters.entrySet()) {
            write(out, parameter.getKey());
            switch (parameter.getValue()) {
                case ParameterValue.Text(String text) -> {
                    out.writeByte(0);
                    write(out, text);
                }
                case ParameterValue.Int(long whole) -> {
                    out.writeByte(1);
                    out.writeLong(whole);
                }
                case ParameterValue.Flag(boolean flag) -> {
                    out.writeByte(2);
                    out.writeBoolean(flag);
                }
                case ParameterValue.Real(double real) -> {
                    out.writeByte(3);
                    out.writeDouble(real);
                }
            }
        }
    }

    private static void write(DataOutputStream out, Tensor output) throws IOException {
        write(out, output.name());
        write(out, output.dataType().name());
        out.writeInt(output.shape().rank());
        for (int i = 0; i < output.shape().rank(); i++) {
            out.writeLong(output.shape().dim(i));
        }
        out.writeInt(Math.toIntExact(output.byteSize()));
        out.write(output.data().toArray(ValueLayout.JAVA_BYTE));
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * Reads what {@link #write} has written.
     *
     * @return the answer, which the caller releases
     * @throws IOException if it is something else
     * @throws InferenceException if there is no memory for it
     */
    static InferenceResponse read(byte[] bytes, TensorAllocator memory) throws IOException, InferenceException {
        try {
            return read(new DataInputStream(new ByteArrayInputStream(bytes)), memory);
        } catch (EOFException e) {
            throw new IOException("it is damaged: it ends early", e);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IOException("it is damaged: " + e.getMessage(), e);
        }
    }

    private static InferenceResponse read(DataInputStream in, TensorAllocator memory)
            throws IOException, InferenceException {
        if (in.readByte() != VERSION) {
            throw new IOException("it was written by another version of the server");
        }
        Map<String, ParameterValue> parameters = readParameters(in);
        int outputs = readCount(in);
        TensorBuffer buffer = memory.allocate(in.available() + outputs * (long) TensorMemory.ALIGNMENT);
        try {
            return new InferenceResponse(readOutputs(in, outputs, buffer), parameters, buffer);
        } catch (IOException | RuntimeException e) {
            buffer.release();
            throw e;
        }
    }

    private static Map<String, ParameterValue> readParameters(DataInputStream in) throws IOException {
        Map<String, ParameterValue> parameters = new LinkedHashMap<>();
        int count = readCount(in);
        for (int i = 0; i < count; i++) {
            String name = readText(in);
            int kind = in.readByte();
            parameters.put(name, switch (kind) {
                case 0 -> new ParameterValue.Text(readText(in));
                case 1 -> new ParameterValue.Int(in.readLong());
                case 2 -> new ParameterValue.Flag(in.readBoolean());
                case 3 -> new ParameterValue.Real(in.readDouble());
                default -> throw new IOException("it is damaged: a parameter of kind " + kind);
            });
        }
        return parameters;
    }

    private static List<Tensor> readOutputs(DataInputStream in, int count, TensorBuffer buffer) throws IOException {
        List<Tensor> outputs = new ArrayList<>(count);
        long at = 0;
        for (int i = 0; i < count; i++) {
            String name = readText(in);
            DataType type = DataType.valueOf(readText(in));
            long[] dims = new long[readCount(in)];
            for (int d = 0; d < dims.length; d++) {
                dims[d] = in.readLong();
            }
            byte[] data = readBytes(in);
            TensorData target = buffer.data(at, data.length);
            MemorySegment.copy(data, 0, target.segment(), ValueLayout.JAVA_BYTE, 0, data.length);
            outputs.add(new Tensor(name, type, Shape.of(dims), target));
            at += TensorMemory.aligned(data.length);
        }
        return outputs;
    }

    private static int readCount(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > Math.min(MAX_COUNT, in.available() / LEAST_BYTES)) {
            throw new IOException("it is damaged: a count of " + count);
        }
        return count;
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("it is damaged: " + length + " bytes where " + in.available() + " are left");
        }
        return in.readNBytes(length);
    }
}
