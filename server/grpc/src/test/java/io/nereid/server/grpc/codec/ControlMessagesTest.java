package io.nereid.server.grpc.codec;

import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.proto.LogSettingsRequest;
import io.nereid.server.grpc.proto.SystemSharedMemoryRegisterRequest;
import io.nereid.server.grpc.proto.TraceSettingRequest;
import io.nereid.server.grpc.proto.TraceSettingRequest.SettingValue;
import io.nereid.server.protocol.RequestLimits;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Collections;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Messages that are read into the heap are checked first: how many entries they have, and how long their texts are. */
class ControlMessagesTest {
    private static final RequestLimits LIMITS = new RequestLimits(4, 10, 1000);
    private static final String TOO_MANY = "request has 5 or more parameters (expected at most 4). Use "
            + "--max-request-parameters to increase the limit.";

    private static @Nullable String error(Message message) {
        return error(message.toByteArray(), message);
    }

    private static @Nullable String error(byte[] bytes, Message type) {
        try {
            ControlMessages.check(bytes, type.getDescriptorForType(), LIMITS);
            return null;
        } catch (InferenceException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
            return e.text();
        }
    }

    @Test
    void check_entriesOfAMap_upToTheLimit() {
        LogSettingsRequest.Builder request = LogSettingsRequest.newBuilder();
        for (int i = 0; i < 4; i++) {
            request.putSettings("s" + i, LogSettingsRequest.SettingValue.newBuilder().setBoolParam(true).build());
        }
        assertThat(error(request.build())).isNull();
        request.putSettings("s4", LogSettingsRequest.SettingValue.getDefaultInstance());
        assertThat(error(request.build())).isEqualTo(TOO_MANY);
    }

    @Test
    void check_listsInEntries_countToo() {
        SettingValue three = SettingValue.newBuilder().addAllValue(Collections.nCopies(3, "")).build();
        assertThat(error(TraceSettingRequest.newBuilder().putSettings("a", three).build())).isNull();
        SettingValue four = three.toBuilder().addValue("").build();
        assertThat(error(TraceSettingRequest.newBuilder().putSettings("a", four).build())).isEqualTo(TOO_MANY);
    }

    @Test
    void check_textsInUtf8_upToTheLimit() {
        assertThat(error(SystemSharedMemoryRegisterRequest.newBuilder().setName("é".repeat(5)).build())).isNull();
        assertThat(error(SystemSharedMemoryRegisterRequest.newBuilder().setName("é".repeat(6)).build()))
                .isEqualTo("request has a name, id, key or string parameter of 12 bytes (expected at most 10 "
                        + "bytes). Use "
                        + "--max-request-string-size to increase the limit.");
        assertThat(error(TraceSettingRequest.newBuilder()
                .putSettings("a", SettingValue.newBuilder().addValue("x".repeat(11)).build()).build()))
                .contains("--max-request-string-size");
    }

    @Test
    void check_fieldsThatTheTypeDoesNotHave_arePassedOver() {
        UnknownFieldSet.Field field = UnknownFieldSet.Field.newBuilder().addVarint(1).addFixed32(2).addFixed64(3)
                .addLengthDelimited(com.google.protobuf.ByteString.copyFromUtf8("x".repeat(100))).build();
        LogSettingsRequest request = LogSettingsRequest.newBuilder()
                .setUnknownFields(UnknownFieldSet.newBuilder().addField(77, field).build()).build();
        assertThat(error(request)).isNull();
    }

    @Test
    void check_halfAMessage_isMalformed() {
        byte[] whole = SystemSharedMemoryRegisterRequest.newBuilder().setName("name").setKey("key").build()
                .toByteArray();
        SystemSharedMemoryRegisterRequest type = SystemSharedMemoryRegisterRequest.getDefaultInstance();
        assertThat(error(Arrays.copyOf(whole, whole.length - 1), type)).contains("malformed");
    }

    @Test
    void check_anyBytes_endInAResultOrARefusal() {
        Random random = new Random(13);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            if (bytes.length > 2) {
                bytes[0] = 18; // the map of settings
                bytes[1] = (byte) random.nextInt(bytes.length);
            }
            error(bytes, TraceSettingRequest.getDefaultInstance());
        }
    }
}
