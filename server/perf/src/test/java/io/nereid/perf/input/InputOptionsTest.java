package io.nereid.perf.input;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class InputOptionsTest {
    @Test
    void shapes_haveANameAndSizes() throws InputException {
        assertThat(InputOptions.shapes(List.of("A:3,224,224", "scope:B:0")))
                .isEqualTo(Map.of("A", List.of(3L, 224L, 224L), "scope:B", List.of(0L)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", ":3", "A:", "A:3,", "A:-1", "A:3x224", "A: 3"})
    void anotherForm_isRefused(String value) {
        assertThatThrownBy(() -> InputOptions.shapes(List.of(value))).isInstanceOf(InputException.class)
                .hasMessageStartingWith("--shape: got " + value + " (expected NAME:SIZE,SIZE,...");
    }

    @Test
    void aShapeTwice_isRefused() {
        assertThatThrownBy(() -> InputOptions.shapes(List.of("A:3", "A:4"))).isInstanceOf(InputException.class)
                .hasMessage("--shape: got A twice (expected once)");
    }

    @Test
    void sources_areWordsOrPaths() throws InputException {
        assertThat(InputOptions.source(List.of())).isEqualTo(new InputOptions.Random());
        assertThat(InputOptions.source(List.of("random"))).isEqualTo(new InputOptions.Random());
        assertThat(InputOptions.source(List.of("zero"))).isEqualTo(new InputOptions.Zero());
        assertThat(InputOptions.source(List.of("a.json", "b.json")))
                .isEqualTo(new InputOptions.Files(List.of(Path.of("a.json"), Path.of("b.json"))));
        assertThatThrownBy(() -> InputOptions.source(List.of("zero", "a.json"))).isInstanceOf(InputException.class)
                .hasMessage("--input-data: got [zero, a.json] (expected zero, random, or only paths)");
    }
}
