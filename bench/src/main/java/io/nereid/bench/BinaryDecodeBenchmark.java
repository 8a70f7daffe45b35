package io.nereid.bench;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.http.codec.InferRequestReader;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** An infer request with its tensor behind the JSON: only the JSON costs anything, whatever the tensor's size. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class BinaryDecodeBenchmark {
    /** Bytes of the tensor. */
    @Param({"64", "602112"})
    private int tensorBytes;

    private final TensorMemory memory = new TensorMemory(1L << 30, 1L << 26);
    private final InferRequestReader reader = new InferRequestReader(new SharedMemory(false),
            1L << 26, RequestLimits.DEFAULT);
    @SuppressWarnings("NullAway.Init") // JMH calls prepare first
    private TensorBuffer body;
    private int jsonLength;

    /** Builds the body, as Triton's Python client does. */
    @Setup(Level.Trial)
    public void prepare() throws InferenceException {
        byte[] json = ("{\"inputs\":[{\"name\":\"input\",\"shape\":[1," + tensorBytes / 4
                + "],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":" + tensorBytes
                + "}}],\"outputs\":[{\"name\":\"output\",\"parameters\":{\"binary_data\":true}}]}")
                .getBytes(StandardCharsets.UTF_8);
        jsonLength = json.length;
        body = memory.allocate(json.length + (long) tensorBytes);
        MemorySegment.copy(json, 0, body.segment(), ValueLayout.JAVA_BYTE, 0, json.length);
    }

    /** Gives the body back. */
    @TearDown(Level.Trial)
    public void finish() {
        body.release();
        memory.close();
    }

    /** The server's reader. */
    @Benchmark
    public long reader() throws InferenceException {
        body.retain(1);
        ClientRequest request = reader.read("model", InputMemory.of(memory), body, jsonLength).complete();
        long size = request.inputs().getFirst().byteSize();
        request.memory().release();
        return size;
    }
}
