package io.nereid.bench.load.batching;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BatchingOptionsTest {
    @Test
    void parse_nothing_measuresEveryModelAtEightyPercent() {
        BatchingOptions options = BatchingOptions.parse();

        assertThat(options.models()).containsExactly(BatchedModel.values());
        assertThat(options.concurrencies()).containsExactly(8, 16);
        assertThat(options.batching()).isEqualTo(new DynamicBatching(List.of(4, 8), 1000));
        assertThat(options.openLoop()).isEqualTo(new OpenLoopOptions(0, 80, false, 1000, 1, 10_000));
        assertThat(options.openLoop().arrivalsPerSecond(200)).isEqualTo(160);
    }

    @Test
    void parse_everyOption_replacesEveryDefault() {
        BatchingOptions options = BatchingOptions.parse("--models=recurrent,identity_5ms", "--concurrency=4",
                "--seconds=60", "--warmup=0", "--preferred=none", "--delay-us=0", "--timeout-ms=150", "--instances=2",
                "--food11=src", "--rate=300", "--percent=200", "--capacity=own", "--deadline-ms=200", "--seed=9",
                "--clients=50");

        assertThat(options.models()).containsExactly(BatchedModel.RECURRENT, BatchedModel.IDENTITY);
        assertThat(options.concurrencies()).containsExactly(4);
        assertThat(options.seconds()).isEqualTo(60);
        assertThat(options.warmupSeconds()).isZero();
        assertThat(options.batching()).isEqualTo(new DynamicBatching(List.of(), 0));
        assertThat(options.timeoutMillis()).isEqualTo(150);
        assertThat(options.instances()).isEqualTo(2);
        assertThat(options.food11()).hasToString("src");
        assertThat(options.openLoop()).isEqualTo(new OpenLoopOptions(300, 200, true, 200, 9, 50));
        assertThat(options.openLoop().arrivalsPerSecond(200)).isEqualTo(300);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --models=food      | model 'food' is unknown (expected one of identity_5ms, recurrent, food_classifier_onnx)
            --preferred=4,9    | --preferred: got '9' (expected a number from 1 to 8)
            --capacity=half    | --capacity: got 'half' (expected plain or own)
            --delay=1          | got '--delay', which is no option
            """)
    void parse_whatIsNotKnown_saysWhatIsExpected(String argument, String message) {
        assertThatThrownBy(() -> BatchingOptions.parse(argument)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
