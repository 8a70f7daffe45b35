package io.nereid.server.cache;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    @Test
    void hex_key_hasSixtyFourDigits() {
        assertThat(new CacheKey(0, -1, 1, Long.MIN_VALUE).hex())
                .isEqualTo("0000000000000000ffffffffffffffff00000000000000018000000000000000");
    }
}
