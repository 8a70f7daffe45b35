package io.nereid.perf.tune;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TuneOptionsTest {
    @Test
    void whatIsNotSaidHasItsDefault() throws TuneException {
        TuneOptions options = TuneOptions.parse(List.of("m", "--model-repository", "models"));

        assertThat(options.model()).isEqualTo("m");
        assertThat(options.repository()).isEqualTo(Path.of("models"));
        assertThat(options.goal()).isEqualTo(new Goal(Long.MAX_VALUE));
        assertThat(options.firstConcurrency()).isEqualTo(1);
        assertThat(options.lastConcurrency()).isEqualTo(32);
        assertThat(options.full()).isFalse();
        assertThat(options.output()).isEmpty();
    }

    @Test
    void whatIsSaidCounts() throws TuneException {
        TuneOptions options = TuneOptions.parse(List.of("--model-repository=models", "--max-p99-ms=20", "m",
                "--concurrency-range", "8:16", "--search=full", "--instances=1,2", "--threads=2", "--delays-us=0,50",
                "--window-ms=200", "--output=new.pbtxt", "--shape=x:3"));

        assertThat(options.goal()).isEqualTo(new Goal(20_000_000));
        assertThat(options.firstConcurrency()).isEqualTo(8);
        assertThat(options.lastConcurrency()).isEqualTo(16);
        assertThat(options.full()).isTrue();
        assertThat(options.instances()).containsExactly(1, 2);
        assertThat(options.threads()).containsExactly(2);
        assertThat(options.delaysMicros()).containsExactly(0, 50);
        assertThat(options.window()).isEqualTo(Duration.ofMillis(200));
        assertThat(options.output()).contains(Path.of("new.pbtxt"));
        assertThat(options.inputs().shapes()).containsEntry("x", List.of(3L));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "--model-repository=r | which model? got none (expected one name)",
            "m n --model-repository=r | which model? got [m, n] (expected one name)",
            "m | which repository? Give its folder as --model-repository",
            "m --model-repository=r --instance=2 | unknown flag --instance",
            "m --model-repository | --model-repository: got no value",
            "m --model-repository=r --instances=0 | --instances: got '0' (expected a whole number from 1 to 1000000)",
            "m --model-repository=r --search=best | --search: got 'best' (expected quick or full)",
            "m --model-repository=r --concurrency-range=4:2 | --concurrency-range: got '4:2' (expected START or START:END, "
                    + "the end not below the start)",
            "m --model-repository=r --search=full --search=full | --search: got it twice (expected once)"})
    void whatIsWrongIsSaid(String arguments, String message) {
        assertThatThrownBy(() -> TuneOptions.parse(Arrays.asList(arguments.split(" "))))
                .isInstanceOf(TuneException.class).hasMessage(message);
    }

    @Test
    void theReferenceIsTheHelp() throws IOException {
        assertThat(Files.readString(Path.of("../../docs/command-line/tune.txt")))
                .as("renew it: ./nereid tune --help >docs/command-line/tune.txt, when built")
                .isEqualTo(TuneOptions.HELP);
    }
}
