package io.nereid.bench.load;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class WrkReportTest {
    private static final String QUIET = """
            Running 3s test @ http://127.0.0.1:38259/v2/models/identity/infer
              1 threads and 8 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency   374.61us  559.53us  16.72ms   96.99%
                Req/Sec    25.53k     3.11k   29.69k    76.67%
              Latency Distribution
                 50%  281.00us
                 75%  377.00us
                 90%  564.00us
                 99%    2.27ms
              76259 requests in 3.01s, 25.74MB read
            Requests/sec:  25376.87
            Transfer/sec:      8.57MB
            """;

    @Test
    void parse_wholeReport_takesItsNumbers() {
        assertThat(WrkReport.parse(QUIET)).isEqualTo(new WrkReport(76_259, 25_376.87, "281.00us", "2.27ms", 0));
    }

    @Test
    void parse_refusedAnswersAndBrokenSockets_countsAllAsErrors() {
        String report = QUIET + """
                  Socket errors: connect 1, read 2, write 3, timeout 4
                  Non-2xx or 3xx responses: 20
                """;

        assertThat(WrkReport.parse(report).errors()).isEqualTo(30);
    }
}
