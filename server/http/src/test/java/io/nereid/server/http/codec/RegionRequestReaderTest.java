package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.codec.RegionRequestReader.CudaRequest;
import io.nereid.server.http.codec.RegionRequestReader.SystemRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Base64;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class RegionRequestReaderTest {
    private static SystemRequest system(String json) throws InferenceException {
        return RegionRequestReader.readSystem(Json.inMemory(json));
    }

    private static CudaRequest cuda(String json) throws InferenceException {
        return RegionRequestReader.readCuda(Json.inMemory(json));
    }

    @Test
    void readSystem_everything_inAnyOrder() throws InferenceException {
        assertThat(system("{\"byte_size\":8,\"x\":[{}],\"offset\":4,\"key\":\"/k\",\"key\":\"/second\"}"))
                .isEqualTo(new SystemRequest("/k", 4, 8));
        assertThat(system("{\"key\":\"/k\",\"byte_size\":18446744073709551615}"))
                .isEqualTo(new SystemRequest("/k", 0, -1));
    }

    @Test
    void readCuda_everything_isDecoded() throws InferenceException {
        byte[] handle = new byte[64];
        handle[5] = 9;
        CudaRequest request = cuda("{\"raw_handle\":{\"x\":1,\"b64\":\"" + Base64.getEncoder().encodeToString(handle)
                + "\"},\"device_id\":3,\"byte_size\":24}");
        assertThat(request.rawHandle()).isEqualTo(handle);
        assertThat(request.deviceId()).isEqualTo(3);
        assertThat(request.byteSize()).isEqualTo(24);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"byte_size\":8}|INVALID_ARG|Shared memory register request has no 'key' field",
            "{\"key\":\"k\"}|INVALID_ARG|Shared memory register request has no 'byte_size' field",
            "[]|INVALID_ARG|Shared memory register request has no 'key' field",
            "{\"key\":3,\"byte_size\":8}|INTERNAL|attempt to access JSON non-string as string",
            "{\"key\":\"k\",\"byte_size\":-8}|INTERNAL|attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"key\":\"k\",\"byte_size\":8,\"offset\":1.5}|INTERNAL|attempt to access JSON non-unsigned-integer as unsigned-integer",
            "``|INTERNAL|failed to parse the request JSON buffer: The document is empty. at 0",
            "{\"key\":\"k\",\"byte_size\":8} x|INTERNAL|failed to parse the request JSON buffer: The document root must not be followed by other values. at 26"})
    void readSystem_faulty_fails(String json, ErrorCode code, String text) {
        assertThatThrownBy(() -> system(json))
                .isInstanceOfSatisfying(InferenceException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageStartingWith(text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"device_id\":0,\"byte_size\":8}|INVALID_ARG|Shared memory register request has no 'raw_handle' field",
            "{\"raw_handle\":{},\"device_id\":0,\"byte_size\":8}|INVALID_ARG|Shared memory register request has no 'raw_handle' field",
            "{\"raw_handle\":\"AA\",\"device_id\":0,\"byte_size\":8}|INVALID_ARG|Shared memory register request has no 'raw_handle' field",
            "{\"raw_handle\":{\"b64\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"},\"byte_size\":8}|INVALID_ARG|Shared memory register request has no 'device_id' field",
            "{\"raw_handle\":{\"b64\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"},\"device_id\":0}|INVALID_ARG|Shared memory register request has no 'byte_size' field",
            "{\"raw_handle\":{\"b64\":\"AAAA\"},\"device_id\":0,\"byte_size\":8}|INVALID_ARG|'raw_handle' must be a valid base64 encoded cudaIpcMemHandle_t (got 3 bytes, expected 64)",
            "{\"raw_handle\":{\"b64\":\"A\"},\"device_id\":0,\"byte_size\":8}|INVALID_ARG|'raw_handle' must be a valid base64 encoded cudaIpcMemHandle_t",
            "{\"raw_handle\":{\"b64\":3},\"device_id\":0,\"byte_size\":8}|INTERNAL|attempt to access JSON non-string as string"})
    void readCuda_faulty_fails(String json, ErrorCode code, String text) {
        assertThatThrownBy(() -> cuda(json))
                .isInstanceOfSatisfying(InferenceException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageStartingWith(text);
    }

    @Test
    void readSystem_tooLong_invalid() {
        assertThatThrownBy(() -> system("{\"x\":\"" + "a".repeat(65_536) + "\"}"))
                .hasMessage("shared memory register request: got 65544 bytes (expected at most 65536)");
    }
}
