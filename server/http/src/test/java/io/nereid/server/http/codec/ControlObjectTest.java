package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ControlObjectTest {
    private static final int MAX_BYTES = 65_536;

    /** The names of all members; their values are skipped. */
    private static List<String> names(String json) throws InferenceException {
        ControlObject object = ControlObject.settings(Json.inMemory(json));
        List<String> names = new ArrayList<>();
        while (object.next()) {
            names.add(object.name());
            if (!object.isNull()) {
                object.value().skip();
            }
        }
        return names;
    }

    @Test
    void next_everyMember_comesInOrderEvenTwice() throws InferenceException {
        assertThat(names("{}")).isEmpty();
        assertThat(names(" {\"b\":null,\"\":{\"x\":[]}, \"a\\n\" : \"s\",\"b\":1}\n")).containsExactly("b", "", "a\n",
                "b");
    }

    @Test
    void isNull_otherValue_isLeftToBeRead() throws InferenceException {
        ControlObject object = ControlObject.settings(Json.inMemory("{\"a\":null,\"b\":\"null\"}"));
        object.next();
        assertThat(object.isNull()).isTrue();
        object.next();
        assertThat(object.isNull()).isFalse();
        assertThat(object.value().string("")).isEqualTo("null");
        assertThat(object.next()).isFalse();
    }

    @Test
    void of_body_upToTheLimitAndNoFurther() throws InferenceException {
        assertThat(names("{}" + " ".repeat(MAX_BYTES - 2))).isEmpty();
        assertThatThrownBy(() -> names("{}" + " ".repeat(MAX_BYTES - 1)))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessage("settings: got 65537 bytes (expected at most 65536)");
    }

    @Test
    void of_noObject_saysWhatTheBodyLooksLike() {
        assertThatThrownBy(() -> names("[]"))
                .hasMessage(
                        "attempt to access JSON non-object as object: the body is a JSON array (expected a JSON object "
                                + "of settings)");
        assertThatThrownBy(() -> names(" "))
                .hasMessage("failed to parse the request JSON buffer: The document is empty. at 1: the body is empty "
                        + "(expected a JSON object of settings)");
    }

    @Test
    void next_cutAnywhere_isNoJson() {
        String json = "{\"a\":null,\"b\":[1,\"x\"],\"c\":true}";
        for (int length = 0; length < json.length(); length++) {
            String cut = json.substring(0, length);
            assertThatThrownBy(() -> names(cut)).as(cut)
                    .isInstanceOfSatisfying(InferenceException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL));
        }
    }
}
