package io.nereid.server.http.codec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The flat object of a generate response, as Jackson reads it. */
class GenerateResponseWriterTest {
    private static final long SEED = 5_511;
    private static final ObjectMapper JACKSON = new ObjectMapper();

    private final Random random = new Random(SEED);

    private static void write(ByteBuf out, String id, Map<String, ParameterValue> parameters, Tensor... outputs)
            throws InferenceException {
        new GenerateResponseWriter().write(new ResponseInfo("m", "1", id),
                new InferenceResponse(List.of(outputs), parameters, Lease.NONE), out, Charges.upTo(1 << 20));
    }

    private static Tensor strings(String name, String... values) {
        return new Tensor(name, DataType.BYTES, Shape.of(values.length), Bodies.segment(Bodies.strings(values)));
    }

    private String text() {
        return random.ints(random.nextInt(10), 0, 0x1000).mapToObj(Character::toString).reduce("", String::concat);
    }

    @Test
    void write_anyNamesAndTexts_areWhatJacksonReadsWithKeysSorted() throws Exception {
        for (int round = 0; round < 2_000; round++) {
            Map<String, ParameterValue> parameters = new HashMap<>();
            parameters.put("p" + text(), new ParameterValue.Text(text()));
            parameters.put("f" + text(), new ParameterValue.Flag(random.nextBoolean()));
            String name = "o" + text();
            String value = text();
            ByteBuf out = Unpooled.buffer();
            write(out, "id" + round, parameters, strings(name, value), strings(name + "2", value, value));
            JsonNode json = JACKSON.readTree(out.toString(StandardCharsets.UTF_8));
            assertThat(json.get(name).textValue()).isEqualTo(value);
            assertThat(json.get(name + "2")).extracting(JsonNode::textValue).containsExactly(value, value);
            assertThat(json.get("id").textValue()).isEqualTo("id" + round);
            assertThat(json.size()).isEqualTo(7);
            List<String> keys = new ArrayList<>();
            json.fieldNames().forEachRemaining(keys::add);
            assertThat(keys).isSorted();
            checkParameters(json, parameters);
        }
    }

    private static void checkParameters(JsonNode json, Map<String, ParameterValue> parameters) {
        parameters.forEach((name, value) -> {
            switch (value) {
                case ParameterValue.Text text -> assertThat(json.get(name).textValue()).isEqualTo(text.value());
                case ParameterValue.Flag flag -> assertThat(json.get(name).booleanValue()).isEqualTo(flag.value());
                default -> throw new AssertionError(value);
            }
        });
    }

    @Test
    void write_numbers_areWhatJacksonReads() throws Exception {
        ByteBuf out = Unpooled.buffer();
        write(out, "", Map.of("min", new ParameterValue.Int(Long.MIN_VALUE), "real", new ParameterValue.Real(0.1)));
        JsonNode json = JACKSON.readTree(out.toString(StandardCharsets.UTF_8));
        assertThat(json.get("min").longValue()).isEqualTo(Long.MIN_VALUE);
        assertThat(json.get("real").doubleValue()).isEqualTo(0.1);
        assertThat(json.has("id")).isFalse();
    }

    @Test
    void write_outputThatJsonCannotCarry_failsAndLeavesWhatWasThere() {
        byte[] element = Bodies.strings("é");
        element[4] = (byte) 0xFF;
        Tensor bad = new Tensor("z", DataType.BYTES, Shape.of(1), Bodies.segment(element));
        Tensor large = strings("a", "x".repeat(900));
        ByteBuf out = Unpooled.buffer();
        out.writeCharSequence("before", StandardCharsets.UTF_8);
        assertThatThrownBy(() -> write(out, "", Map.of(), large, bad))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessageStartingWith("output 'z' has an element that is not valid UTF-8");
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("before");
    }

    @Test
    void jsonErrors_anyText_isWhatJacksonReads() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            String text = text();
            ByteBuf out = Unpooled.buffer();
            JsonErrors.write(text, out);
            assertThat(JACKSON.readTree(out.toString(StandardCharsets.UTF_8))).hasSize(1);
            assertThat(JACKSON.readTree(out.toString(StandardCharsets.UTF_8)).get("error").textValue()).isEqualTo(text);
        }
    }
}
