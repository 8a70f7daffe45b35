package io.nereid.server.logging;

import io.nereid.server.observation.MultiLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class LogTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\u000b", "\f", "\u001b[2K", "\0",
            "\u202e"})
    void of_argumentWithLineEndOrControl_staysInItsLine(String evil) {
        String text = LogText.of("model '{}' is gone", new Object[]{"a" + evil + "E1123 00:00:00.000000 1 x] forged"});
        assertThat(text.lines()).hasSize(1);
        assertThat(text).startsWith("model 'a\\").endsWith("E1123 00:00:00.000000 1 x] forged' is gone");
        assertThat(text.chars()).noneMatch(character -> Character.isISOControl(character) || character == 0x202e);
    }

    @Test
    void of_lineEndInTheMessageItself_isEscapedToo() {
        assertThat(LogText.of("a\nb " + "{}", new Object[]{1})).isEqualTo("a\\nb 1");
        assertThat(LogText.of("a\nb", null)).isEqualTo("a\\nb");
    }

    @Test
    void of_plainText_isUnchanged() {
        assertThat(LogText.of("modèle {}\t{} 模型 \uD83D\uDE00", new Object[]{"é", null}))
                .isEqualTo("modèle é\tnull 模型 \uD83D\uDE00");
    }

    @Test
    void of_multiLine_indentsAllButTheFirstAndEscapesTheRest() {
        assertThat(LogText.of("table{}", new Object[]{new MultiLine("\nI1123 a\r\nb\u001b")}))
                .isEqualTo("table\n    I1123 a\n    b\\u001b");
    }

    @Test
    void of_argumentWhoseTextFails_saysSo() {
        Object failing = new Object() {
            @Override
            public String toString() {
                throw new IllegalStateException();
            }
        };
        assertThat(LogText.of("{} {}", new Object[]{failing, 2}))
                .isEqualTo("[java.lang.IllegalStateException in toString] 2");
    }

    @Test
    void of_throwable_noLineBeginsWithoutIndentation() {
        Throwable thrown = new IllegalStateException("a\nE1123 00:00:00.000000 1 x] forged",
                new IllegalArgumentException("b"));
        String text = LogText.of(thrown);
        assertThat(text).startsWith("\n").contains("IllegalStateException: a", "Caused by", "LogTextTest");
        assertThat(text.substring(1).lines()).allMatch(line -> line.startsWith("    "));
    }
}
