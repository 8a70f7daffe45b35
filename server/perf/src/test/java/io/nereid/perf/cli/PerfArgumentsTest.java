package io.nereid.perf.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PerfArgumentsTest {
    private static PerfArguments parse(String... arguments) throws UsageException {
        return PerfArguments.parse(List.of(arguments));
    }

    @Test
    void values_followTheFlagAnEqualsSignOrTheLetter() throws UsageException {
        PerfArguments arguments = parse("-m", "model", "-b4", "--percentile=95", "--input-data", "a=b", "--streaming");
        assertThat(arguments.text(PerfFlag.MODEL)).contains("model");
        assertThat(arguments.number(PerfFlag.BATCH_SIZE, 1, 1)).isEqualTo(4);
        assertThat(arguments.decimal(PerfFlag.PERCENTILE, 0, 100)).hasValue(95);
        assertThat(arguments.text(PerfFlag.INPUT_DATA)).contains("a=b");
        assertThat(arguments.has(PerfFlag.STREAMING)).isTrue();
        assertThat(arguments.has(PerfFlag.REPORT)).isFalse();
    }

    @Test
    void flagsThatMayComeAgain_keepTheirOrder() throws UsageException {
        assertThat(parse("--shape", "a:1", "--shape=b:2").all(PerfFlag.SHAPE)).containsExactly("a:1", "b:2");
    }

    @Test
    void flagsWithoutEffect_areTaken() throws UsageException {
        assertThat(parse("-a", "--sync", "-v").has(PerfFlag.ASYNC)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            model,              unexpected argument 'model'; a model is given as -m model
            --no-such-flag,     unknown flag --no-such-flag
            -q,                 unknown flag -q
            -m,                 -m: got no value
            --streaming=yes,    --streaming: got 'yes' (expected no value)
            --measurement-mode, --measurement-mode of perf_analyzer is not built here
            """)
    void whatIsWrong_isSaid(String argument, String expected) {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> parse(argument)).withMessage(expected);
    }

    @Test
    void flagThatMayNotComeAgain_isRefused() {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> parse("-m", "a", "-m", "b"))
                .withMessage("-m: got it twice (expected once)");
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "1.5", "x", "''", "9999999999"})
    void whatIsNoWholeNumberAbove0_isRefused(String text) throws UsageException {
        PerfArguments arguments = parse("-b", text);
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> arguments.number(PerfFlag.BATCH_SIZE, 1, 1))
                .withMessage("-b: got '" + text + "' (expected a whole number, at least 1)");
    }

    @ParameterizedTest
    @CsvSource({"1.01", "-0.1", "1e-3", "NaN", "."})
    void whatIsNoNumberOfTheRange_isRefused(String text) throws UsageException {
        PerfArguments arguments = parse("--max-error-rate", text);
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> arguments.decimal(PerfFlag.MAX_ERROR_RATE, 0, 1))
                .withMessage("--max-error-rate: got '" + text + "' (expected a number from 0.0 to 1.0)");
    }
}
