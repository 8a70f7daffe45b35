package io.nereid.bench.load.protocols;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.LoadReport;
import io.nereid.bench.load.server.Usage;
import io.nereid.perf.client.AnswersByClient;
import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.Sample;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ProtocolsScenarioTest {
    @Test
    void row_figures_areByTheAnswer() throws LoadException {
        LoadReport report = report(Latencies.of(LongStream.rangeClosed(2, 201).map(i -> i / 2 * 1_000)), 2);

        assertThat(ProtocolsScenario.row(Protocol.GRPC_STREAM, 602_112, report, new Usage(0, 0, 1_000, 5_000_000),
                new Usage(0, 0, 1_001_000, 15_000_000)))
                .isEqualTo("| grpc-stream | 602,112 | 2 | 100 | 50.0 | 99.0 | 50.0 | 5,000 |\n");
    }

    @Test
    void row_noAnswers_isRefused() {
        LoadReport report = report(Latencies.NONE, 1);
        Usage usage = new Usage(0, 0, 0, 0);

        assertThatThrownBy(() -> ProtocolsScenario.row(Protocol.HTTP, 64, report, usage, usage))
                .isInstanceOf(LoadException.class).hasMessage("over http no request was answered in time");
    }

    private static LoadReport report(Latencies latencies, double seconds) {
        return new LoadReport(new Sample(latencies, latencies.count(), Failures.NONE, List.of(), 0,
                AnswersByClient.of(latencies.count(), 0)), seconds);
    }
}
