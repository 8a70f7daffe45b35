package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;
import io.nereid.server.sharedmemory.TestObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Requests whose tensors lie in shared memory: the region {@code r} has the bytes 1 to 16. */
final class SharedMemoryRequestTest {
    private final TensorMemory memory = Bodies.memory();
    private final SharedMemory shared = new SharedMemory(true);
    private final InferRequestReader reader = new InferRequestReader(shared, 4096, RequestLimits.DEFAULT);
    private final TestObject object = TestObject.of(new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});

    @BeforeEach
    void register() throws InferenceException {
        shared.registerSystem("r", object.key(), 0, 16);
    }

    @AfterEach
    void nothingIsHeld() throws InferenceException {
        shared.unregisterSystem("");
        object.close();
        assertThat(TestObject.openDescriptors()).as("regions held by requests").isZero();
        assertThat(memory.bytesInUse()).isZero();
    }

    private static String input(String name, String parameters) {
        return "{\"name\":\"" + name + "\",\"datatype\":\"UINT8\",\"shape\":[1,4],\"parameters\":{" + parameters + "}}";
    }

    private static String place(String region, String offset, String byteSize) {
        return "\"shared_memory_region\":\"" + region + "\",\"shared_memory_offset\":" + offset
                + ",\"shared_memory_byte_size\":" + byteSize;
    }

    private static String request(String inputs, String outputs) {
        return "{\"inputs\":[" + inputs + "],\"outputs\":[" + outputs + "]}";
    }

    private static String output(String name, String parameters) {
        return "{\"name\":\"" + name + "\",\"parameters\":{" + parameters + "}}";
    }

    /** Reads what must be readable as far as its shared memory inputs, which are not looked at yet. */
    private ReadRequest read(String json, byte... tensors) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, json, tensors);
        try {
            return reader.read("m", InputMemory.of(memory), body, json.length());
        } catch (InferenceException e) {
            body.release();
            throw e;
        }
    }

    private void assertFails(String json, ErrorCode code, String text) {
        assertThatThrownBy(() -> read(json).complete().release())
                .isInstanceOfSatisfying(InferenceException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(text);
    }

    @Test
    void read_inputsInOneRegion_copiesEachFromItsOffset() throws InferenceException {
        ReadRequest read = read(
                request(input("a", place("r", "12", "4")) + "," + input("b", place("r", "2", "4")), ""));
        assertThat(read.bytesToCopy()).isEqualTo(8);
        ClientRequest request = read.complete();
        assertThat(Bodies.bytesOf(request.inputs().get(0).data())).containsExactly(13, 14, 15, 16);
        assertThat(Bodies.bytesOf(request.inputs().get(1).data())).containsExactly(3, 4, 5, 6);
        object.write(0, new byte[16]);
        assertThat(Bodies.bytesOf(request.inputs().get(1).data())).containsExactly(3, 4, 5, 6);
        request.release();
    }

    @Test
    void read_amongOtherInputs_keepsTheirOrder() throws InferenceException {
        String json = request(input("a", "\"binary_data_size\":4") + "," + input("b", place("r", "0", "4"))
                + ",{\"name\":\"c\",\"datatype\":\"UINT8\",\"shape\":[1,4],\"data\":[5,6,7,8]}", "");
        ReadRequest read = read(json, (byte) 9, (byte) 9, (byte) 9, (byte) 9);
        assertThat(read.bytesToCopy()).isEqualTo(4);
        ClientRequest request = read.complete();
        assertThat(request.inputs()).extracting(tensor -> tensor.name() + Bodies.bytesOf(tensor.data())[0])
                .containsExactly("a9", "b1", "c5");
        request.release();
    }

    @Test
    void read_noOffset_isTheBeginning() throws InferenceException {
        ClientRequest request = read(
                request(input("a", "\"shared_memory_byte_size\":4,\"shared_memory_region\":\"r\""), "")).complete();
        assertThat(Bodies.bytesOf(request.inputs().getFirst().data())).containsExactly(1, 2, 3, 4);
        request.release();
    }

    @Test
    void read_noSharedMemory_isWhole() throws InferenceException {
        ReadRequest read = read(request("", ""));
        assertThat(read.bytesToCopy()).isZero();
        read.complete().release();
    }

    /** As in Triton: without a region the other two mean nothing. */
    @Test
    void read_offsetAndSizeWithoutRegion_arePassedOver() throws InferenceException {
        String size = "\"shared_memory_offset\":1,\"shared_memory_byte_size\":4";
        ClientRequest request = read(request(input("a", size + ",\"binary_data_size\":4"), output("o", size)),
                (byte) 9, (byte) 9, (byte) 9, (byte) 9).complete();
        assertThat(Bodies.bytesOf(request.inputs().getFirst().data())).containsExactly(9, 9, 9, 9);
        assertThat(request.outputs().getFirst().target()).isNull();
        request.release();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "s|0|4|NOT_FOUND|Unable to find shared memory region: 's'",
            "r|16|4|INVALID_ARG|Invalid offset for shared memory region: 'r'",
            "r|13|4|INVALID_ARG|Invalid offset + byte size for shared memory region: 'r'",
            "r|18446744073709551615|4|INVALID_ARG|Invalid offset for shared memory region: 'r'",
            "r|8|18446744073709551608|INVALID_ARG|Integer overflow detected: byte_size (18446744073709551608) + offset (8) exceeds maximum value (18446744073709551615) for region 'r'",
            "r|8|18446744073709551607|INVALID_ARG|Invalid offset + byte size for shared memory region: 'r'"})
    void read_placeThatIsNotThere_fails(String region, String offset, String byteSize, ErrorCode code, String text) {
        String place = place(region, offset, byteSize);
        assertFails(request(input("a", place), ""), code, text);
        assertFails(request("", output("o", place)), code, text);
        assertFails(request(input("a", place("r", "0", "4")) + "," + input("b", place),
                output("o", place("r", "0", "4"))), code, text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "\"shared_memory_region\":7|Unable to parse 'shared_memory_region': attempt to access JSON non-string as string",
            "\"shared_memory_offset\":-1|Unable to parse 'shared_memory_offset': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "\"shared_memory_byte_size\":\"4\"|Unable to parse 'shared_memory_byte_size': attempt to access JSON non-unsigned-integer as unsigned-integer"})
    void read_parameterOfTheWrongType_internal(String parameter, String text) {
        assertFails(request(input("a", parameter), ""), ErrorCode.INTERNAL, text);
        assertFails(request("", output("o", parameter)), ErrorCode.INTERNAL, text);
    }

    @Test
    void bytesToCopy_moreThanThereCanBe_isTheMost() throws InferenceException {
        ReadRequest read = read(request(input("a", place("r", "0", "9223372036854775807")) + ","
                + input("b", place("r", "0", "9223372036854775807")), ""));
        assertThat(read.bytesToCopy()).isEqualTo(Long.MAX_VALUE);
        assertThatThrownBy(read::complete).isInstanceOf(InferenceException.class);
        ReadRequest negative = read(request(input("a", place("r", "0", "18446744073709551615")), ""));
        assertThat(negative.bytesToCopy()).isEqualTo(Long.MAX_VALUE);
        assertThatThrownBy(negative::complete).isInstanceOf(InferenceException.class);
    }

    @Test
    void read_output_holdsItsRegionUntilTheRequestLetsGo() throws InferenceException {
        ClientRequest request = read(request("", output("o", place("r", "4", "4")))).complete();
        shared.unregisterSystem("r");
        Objects.requireNonNull(request.outputs().getFirst().target()).write("o", Bodies.segment((byte) 77));
        assertThat(object.content()).startsWith(1, 2, 3, 4, 77, 6);
        assertThat(TestObject.openDescriptors()).isEqualTo(1);
        request.release();
        assertThat(TestObject.openDescriptors()).isZero();
    }

    @Test
    void read_failsBehindAnOutput_letsItsRegionGo() throws InferenceException {
        assertFails(request("", output("o", place("r", "0", "4")) + "," + output("o", place("r", "0", "4"))),
                ErrorCode.INVALID_ARG, "[request id: <id_unknown>] output 'o' already exists in request");
        assertFails("{\"inputs\":[],\"outputs\":[" + output("o", place("r", "0", "4")) + "]} x", ErrorCode.INTERNAL,
                failure("{\"inputs\":[],\"outputs\":[" + output("o", "") + "]} x")
                        .replaceFirst("\\d+$", Integer.toString(
                                ("{\"inputs\":[],\"outputs\":[" + output("o", place("r", "0", "4")) + "]} ")
                                        .length())));
    }

    private String failure(String json) {
        try {
            read(json).complete().release();
            throw new AssertionError("read: " + json);
        } catch (InferenceException e) {
            return e.text();
        }
    }

    @Test
    void complete_regionIsGone_letsEverythingGo() throws InferenceException {
        ReadRequest read = read(request(input("a", place("r", "0", "4")), output("o", place("r", "0", "4"))));
        shared.unregisterSystem("r");
        assertThat(TestObject.openDescriptors()).isEqualTo(1);
        assertThatThrownBy(read::complete).hasMessage("Unable to find shared memory region: 'r'");
        assertThat(TestObject.openDescriptors()).isZero();
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void withParameters_more_areThereWhenCompleted() throws InferenceException {
        ClientRequest request = read(request(input("a", place("r", "0", "4")), ""))
                .withParameters(Map.of("k", new ParameterValue.Int(7))).complete();
        assertThat(request.parameters()).containsEntry("k", new ParameterValue.Int(7));
        assertThat(Bodies.bytesOf(request.inputs().getFirst().data())).containsExactly(1, 2, 3, 4);
        request.release();
    }
}
