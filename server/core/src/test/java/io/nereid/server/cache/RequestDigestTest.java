package io.nereid.server.cache;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static io.nereid.server.cache.TestRequests.bytes;
import static io.nereid.server.cache.TestRequests.request;
import static io.nereid.server.cache.TestRequests.tensor;
import static org.assertj.core.api.Assertions.assertThat;

class RequestDigestTest {
    private static CacheKey key(Tensor... inputs) {
        return RequestDigest.of("m/1", request(Lease.NONE, inputs));
    }

    private static CacheKey key(List<String> outputs, Map<String, ParameterValue> parameters) {
        return RequestDigest.of("m/1", request(Lease.NONE, outputs, parameters, bytes("IN", (byte) 1)));
    }

    @Test
    void of_everythingThatAnAnswerDependsOn_differs() {
        List<CacheKey> keys = new ArrayList<>();
        keys.add(key(bytes("IN", (byte) 1)));
        keys.add(key(bytes("IN", (byte) 2)));
        keys.add(key(bytes("IN", (byte) 1, (byte) 0)));
        keys.add(key(bytes("IM", (byte) 1)));
        keys.add(key(tensor("IN", DataType.INT8, Shape.of(1), (byte) 1)));
        keys.add(key(tensor("IN", DataType.UINT8, Shape.of(1, 1), (byte) 1)));
        keys.add(key(bytes("IN", (byte) 1), bytes("IO")));
        keys.add(key());
        keys.add(RequestDigest.of("m/2", request(Lease.NONE, bytes("IN", (byte) 1))));
        keys.add(key(List.of("A"), Map.of()));
        keys.add(key(List.of("A", "B"), Map.of()));
        keys.add(key(List.of("AB"), Map.of()));
        keys.add(key(List.of(), Map.of("p", new ParameterValue.Int(1))));
        keys.add(key(List.of(), Map.of("p", new ParameterValue.Flag(true))));
        keys.add(key(List.of(), Map.of("p", new ParameterValue.Text("1"))));
        keys.add(key(List.of(), Map.of("p", new ParameterValue.Real(1))));
        keys.add(key(List.of(), Map.of("q", new ParameterValue.Int(1))));

        assertThat(keys).doesNotHaveDuplicates();
    }

    @Test
    void of_orderAndUrgencyAndName_doNotCount() {
        Map<String, ParameterValue> parameters = new LinkedHashMap<>();
        parameters.put("b", new ParameterValue.Int(1));
        parameters.put("a", new ParameterValue.Int(2));
        Map<String, ParameterValue> reversed = new LinkedHashMap<>();
        reversed.put("a", new ParameterValue.Int(2));
        reversed.put("b", new ParameterValue.Int(1));
        InferenceRequest one = request(Lease.NONE, List.of("X", "Y"), parameters, bytes("A", (byte) 1),
                bytes("B", (byte) 2));
        InferenceRequest other = new InferenceRequest("another", List.of(one.inputs().get(1), one.inputs().get(0)),
                List.of("Y", "X"), 1, new RequestOptions(3, 17, one.options().sequenceId(), false, false), reversed,
                Lease.NONE);

        assertThat(RequestDigest.of("m/1", other)).isEqualTo(RequestDigest.of("m/1", one));
    }

    @Test
    void of_namesThatRunTogether_differ() {
        assertThat(key(bytes("AB"), bytes("C"))).isNotEqualTo(key(bytes("A"), bytes("BC")));
    }

    /** Servers that share a Redis must come to the same key, of any size: this is what it is the hash of. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4000, 4095, 4096, 4097, 10_000})
    void of_anySize_isTheHashOfAllPartsWithTheirLengths(int size) throws IOException, NoSuchAlgorithmException {
        byte[] data = new byte[size];
        new Random(size).nextBytes(data);
        String text = "x".repeat(size);
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(parts)) {
            write(out, "m/1");
            out.writeLong(1); // the batch size
            out.writeLong(1); // inputs
            write(out, "IN");
            write(out, "UINT8");
            out.writeLong(1); // dimensions
            out.writeLong(size);
            out.writeLong(size);
            out.write(data);
            out.writeLong(2); // outputs
            write(out, "A");
            write(out, "B");
            out.writeLong(1); // parameters
            write(out, "p");
            out.writeLong(0); // a text
            write(out, text);
        }

        CacheKey key = RequestDigest.of("m/1", request(Lease.NONE, List.of("B", "A"),
                Map.of("p", new ParameterValue.Text(text)), bytes("IN", data)));

        assertThat(key).isEqualTo(CacheKey.of(MessageDigest.getInstance("SHA-256").digest(parts.toByteArray())));
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeLong(bytes.length);
        out.write(bytes);
    }

    @Test
    void hex_key_hasSixtyFourDigits() {
        assertThat(new CacheKey(0, -1, 1, Long.MIN_VALUE).hex())
                .isEqualTo("0000000000000000ffffffffffffffff00000000000000018000000000000000");
    }
}
