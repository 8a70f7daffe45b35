package io.nereid.server.http;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** How much of an answer is work: numbers to be written as text, and whatever is to be compressed. */
final class InferCodecTest {
    private static final int ELEMENTS = 250;

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"true; ; 0", "true; identity; 0", "true; br, identity; 0",
            "true; gzip; 1000", "true; gzip, deflate; 1000", "false; ; 1000", "false; identity; 1000"})
    void bytesToWrite_binaryOrText_onlyTextAndWhatIsCompressedCount(boolean binary, String accepted, long expected)
            throws Exception {
        HttpHeaders headers = new DefaultHttpHeaders();
        if (accepted != null) {
            headers.set(HttpHeaderNames.ACCEPT_ENCODING, accepted);
        }
        ClientRequest request = new ClientRequest("", List.of(), List.of(), binary, RequestOptions.DEFAULT, Map.of(),
                Lease.NONE);
        try (TensorMemory memory = new TensorMemory(1 << 20, 1 << 20)) {
            TensorBuffer buffer = memory.allocate(ELEMENTS * Float.BYTES);
            Tensor output = new Tensor("OUT", DataType.FP32, Shape.of(ELEMENTS), buffer.data());
            InferenceResponse response = new InferenceResponse(List.of(output), Map.of(), buffer);
            assertThat(InferCodec.bytesToWrite(headers, request, response)).isEqualTo(expected);
            buffer.release();
        }
    }
}
