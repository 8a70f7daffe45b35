package io.nereid.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
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

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * An infer request with its tensor in JSON: the server's reader, from body to tensor, against Jackson's streaming
 * parser, which only walks through the numbers and stores them. Numbers have the 17 digits that Python prints of a
 * widened float.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class JsonDecodeBenchmark {
    private static final long SEED = 1;

    /** How many floats, and whether they lie in one array or in rows. */
    @Param({"16", "150528", "150528 nested"})
    private String data = "";

    private final TensorMemory memory = new TensorMemory(1L << 30, 1L << 26);
    private final InferRequestReader reader = new InferRequestReader(new SharedMemory(false),
            1L << 26, RequestLimits.DEFAULT);
    private final JsonFactory jackson = JsonFactory.builder().enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER).build();
    private byte[] json = {};
    private float[] floats = {};
    @SuppressWarnings("NullAway.Init") // JMH calls prepare first
    private TensorBuffer body;

    /** Builds the body. */
    @Setup(Level.Trial)
    public void prepare() throws InferenceException {
        int count = Integer.parseInt(data.split(" ")[0]);
        boolean nested = data.endsWith("nested");
        floats = new float[count];
        json = jsonOf(count, nested).getBytes(StandardCharsets.UTF_8);
        body = memory.allocate(json.length);
        MemorySegment.copy(json, 0, body.segment(), ValueLayout.JAVA_BYTE, 0, json.length);
    }

    private static String jsonOf(int count, boolean nested) {
        Random random = new Random(SEED);
        StringBuilder text = new StringBuilder("{\"inputs\":[{\"name\":\"input\",\"shape\":[1,").append(count)
                .append("],\"datatype\":\"FP32\",\"data\":[");
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : nested && i % 224 == 0 ? "],[" : ",");
            text.append(nested && i == 0 ? "[" : "").append((double) (float) random.nextGaussian());
        }
        return text.append(nested ? "]]}]}" : "]}]}").toString();
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
        ClientRequest request = reader.read("model", InputMemory.of(memory), body, json.length).complete();
        long size = request.inputs().getFirst().byteSize();
        request.memory().release();
        return size;
    }

    /** Jackson's streaming parser over the same text, from a byte array into a float array. */
    @Benchmark
    public float[] jackson() throws IOException {
        int index = 0;
        boolean inData = false;
        try (JsonParser parser = jackson.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME) {
                    inData = parser.currentName().equals("data");
                } else if (inData && token.isNumeric()) {
                    floats[index++] = parser.getFloatValue();
                }
            }
        }
        return floats;
    }
}
