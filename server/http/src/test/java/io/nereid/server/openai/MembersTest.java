package io.nereid.server.openai;

import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

final class MembersTest {
    private static final long SEED = 7;
    private static final FieldNames NAMES = new FieldNames(Set.of("model", "input", "n", "t"), Set.of("input"), true);

    private static Members unread(String json) {
        byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer direct = ByteBuffer.allocateDirect(utf8.length).put(utf8).flip();
        return new Members(MemorySegment.ofBuffer(direct), new RequestLimits(4, 16, 64), NAMES);
    }

    private static Members read(String json) throws InferenceException {
        Members members = unread(json);
        members.read();
        return members;
    }

    @Test
    void read_anyOrder_valuesAreFoundAndTheLastOfTwoCounts() throws InferenceException {
        Members members = read(" {\"n\": 1, \"input\": [ \"a\", {} ], \"model\": \"x\\u00e9\", \"n\": -2} ");
        assertThat(members.text("model")).isEqualTo("x\u00e9");
        assertThat(members.integer("n")).isEqualTo(-2);
        assertThat(members.real("n")).isEqualTo(-2);
        assertThat(new String(members.json("input").toArray(java.lang.foreign.ValueLayout.JAVA_BYTE),
                StandardCharsets.UTF_8)).isEqualTo("[ \"a\", {} ]");
        assertThat(members.flag("t", true)).isTrue();
    }

    @Test
    void read_null_isNotThere() throws InferenceException {
        assertThat(read("{\"n\":1,\"n\":null}").has("n")).isFalse();
        assertThat(read("{\"n\":null,\"n\":0}").has("n")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {"{} ; missing; Field required",
            "{\"n\":\"1\"}; int_type; Input should be a valid integer",
            "{\"n\":1.5}; int_type; Input should be a valid integer",
            "{\"n\":99999999999999999999}; int_type; Input should be a valid integer",
            "{\"n\":true}; int_type; Input should be a valid integer"})
    void integer_somethingElse_isAFault(String json, String type, String text) throws InferenceException {
        Members members = read(json);
        InferenceException error = catchThrowableOfType(InferenceException.class, () -> members.integer("n"));
        assertThat(members.of(error)).isEqualTo(new Members.Fault(type, List.of("n"), text));
    }

    @Test
    void memberOf_faultsAndRefusals_isTheirMember() throws InferenceException {
        Members members = read("{}");
        assertThat(members.memberOf(members.fault("bool_type", List.of("n", "m"), "no"))).isEqualTo("n.m");
        assertThat(members.memberOf(members.fault("json_invalid", "", "no"))).isNull();
        InferenceException refusal = members.refusal("t", "not supported");
        assertThat(members.memberOf(refusal)).isEqualTo("t");
        assertThat(members.of(refusal)).as("it is no fault of the form").isNull();
        assertThat(members.memberOf(OpenAiRequest.invalid("another"))).isNull();
    }

    @Test
    void of_anErrorFromElsewhere_isNoFault() throws InferenceException {
        Members members = read("{}");
        assertThatThrownBy(() -> members.text("model")).hasMessage("model: Field required");
        assertThat(members.of(OpenAiRequest.invalid("another"))).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', value = {"`` ; json_invalid", "{\"n\" 1}; json_invalid",
            "{\"n\":1} x; json_invalid", "{\"n\":\"\\ud800\"}; json_invalid", "7; model_attributes_type",
            "{\"other\":1}; extra_forbidden"})
    void read_aBodyThatIsNoGoodObject_isAFault(String json, String type) {
        Members members = unread(json);
        InferenceException error = catchThrowableOfType(InferenceException.class, members::read);
        assertThat(members.of(error)).extracting(Members.Fault::type).isEqualTo(type);
    }

    @Test
    void read_moreThanTheHeadMayHave_isRefusedButForData() throws InferenceException {
        String hundred = "\"" + "a".repeat(100) + "\"";
        read("{\"input\":" + hundred + "}");
        assertThatThrownBy(() -> read("{\"t\":" + hundred + "}")).hasMessageContaining("--max-request-head-size");
        assertThatThrownBy(() -> read("{\"n\":1,\"n\":1,\"n\":1,\"n\":1,\"n\":1}"))
                .hasMessageContaining("--max-request-parameters");
    }

    @Test
    void read_anyBytes_endsInAResultOrAnError() {
        Random random = new Random(SEED);
        String good = "{\"model\":\"m\",\"input\":[[1,2],\"a\"],\"n\":1.5e3,\"t\":false}";
        for (int i = 0; i < 5000; i++) {
            StringBuilder damaged = new StringBuilder(good);
            for (int change = 0; change < 3; change++) {
                damaged.setCharAt(random.nextInt(damaged.length()), (char) random.nextInt(128));
            }
            try {
                read(damaged.substring(0, random.nextInt(damaged.length() + 1)));
            } catch (InferenceException e) {
                assertThat(e.text()).isNotEmpty();
            }
        }
    }
}
