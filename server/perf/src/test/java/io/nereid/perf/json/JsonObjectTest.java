package io.nereid.perf.json;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class JsonObjectTest {
    private static JsonObject parse(String text) throws IOException {
        return JsonObject.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void members_ofEachKind_areRead() throws IOException {
        JsonObject object = parse("""
                {"name": "m\\u00e4", "on": true, "count": 12, "text_count": "18446744", "dims": [-1, "3", 4],
                 "steps": [{"model_name": "a"}, 7, {"model_name": "b"}], "inner": {"x": 1}, "words": ["a", 1, "b"]}""");
        assertThat(object.text("name")).isEqualTo("mä");
        assertThat(object.isTrue("on")).isTrue();
        assertThat(object.number("count")).isEqualTo(12);
        assertThat(object.number("text_count")).isEqualTo(18446744);
        assertThat(object.numbers("dims")).containsExactly(-1L, 3L, 4L);
        assertThat(object.objects("steps")).extracting(step -> step.text("model_name")).containsExactly("a", "b");
        assertThat(object.object("inner").number("x")).isEqualTo(1);
        assertThat(object.texts("words")).containsExactly("a", "b");
        assertThat(object.has("inner")).isTrue();
    }

    @Test
    void whatIsAbsent_null_orOfAnotherKind_isEmpty() throws IOException {
        JsonObject object = parse("{\"a\": null, \"b\": [1], \"c\": \"x\"}");
        assertThat(object.has("a")).isFalse();
        assertThat(object.text("b")).isEmpty();
        assertThat(object.number("c")).isZero();
        assertThat(object.number("d")).isZero();
        assertThat(object.isTrue("c")).isFalse();
        assertThat(object.objects("c")).isEmpty();
        assertThat(object.object("b").objects("x")).isEmpty();
    }

    @Test
    void whatIsNotOneObject_isRefused() {
        for (String text : new String[]{"", "[]", "7", "{\"a\": ", "{} {}", "<html>"}) {
            assertThatThrownBy(() -> parse(text)).as(text).isInstanceOf(IOException.class);
        }
    }
}
