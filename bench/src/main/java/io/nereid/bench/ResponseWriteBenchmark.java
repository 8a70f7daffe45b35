package io.nereid.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.http.codec.InferResponseWriter;
import io.nereid.server.http.codec.ResponseInfo;
import io.nereid.server.ledger.Charge;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
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

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The answer with one FP32 output, as JSON (against Jackson's generator) and as a binary tensor. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class ResponseWriteBenchmark {
    private static final ResponseInfo INFO = new ResponseInfo("model", "1", "");
    private static final long SEED = 2;

    /** How many floats the output has. */
    @Param({"16", "150528"})
    private int elements;

    private final InferResponseWriter writer = new InferResponseWriter();
    private final JsonFactory jackson = JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build();
    private final Charge charge = new Charge(
            new Ledger(new LedgerLimits(1L << 30, 1, 1, 0), NanoClock.SYSTEM).detached(), Resource.NATIVE);
    private final ByteBuf out = Unpooled.directBuffer(1 << 22);
    private MemorySegment data = MemorySegment.NULL;
    private InferenceResponse response = new InferenceResponse(List.of(), Map.of(), Lease.NONE);

    /** Makes the output. */
    @Setup(Level.Trial)
    public void prepare() {
        Random random = new Random(SEED);
        data = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT, elements);
        for (int i = 0; i < elements; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        Tensor output = new Tensor("output", DataType.FP32, Shape.of(1, elements), data);
        response = new InferenceResponse(List.of(output), Map.of(), Lease.NONE);
    }

    /** Gives the buffer back. */
    @TearDown(Level.Trial)
    public void finish() {
        out.release();
    }

    /** The server's writer, numbers as JSON. */
    @Benchmark
    public long json() throws InferenceException {
        out.clear();
        return writer.write(INFO, List.of(), false, response, out, charge).length();
    }

    /** The server's writer, numbers behind the JSON. */
    @Benchmark
    public long binary() throws InferenceException {
        out.clear();
        return writer.write(INFO, List.of(), true, response, out, charge).length();
    }

    /** Jackson's generator, the numbers alone, widened as clients expect. */
    @Benchmark
    public int jackson() throws IOException {
        out.clear();
        try (OutputStream stream = new ByteBufOutputStream(out); JsonGenerator json = jackson.createGenerator(stream)) {
            json.writeStartArray();
            for (int i = 0; i < elements; i++) {
                json.writeNumber((double) data.getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
            json.writeEndArray();
        }
        return out.readableBytes();
    }
}
