package io.nereid.perf.report;

import java.time.Instant;
import java.util.List;

/**
 * All that one call of the program measured.
 *
 * @param model which was asked
 * @param server the name and version that the server gives itself; empty where it gives none
 * @param url where it was
 * @param commandLine as the user gave it
 * @param machine on which the client ran: {@link Machine#describe}
 * @param started when the first level began
 * @param levels in the order in which they were measured
 */
public record MeasuredRun(String model, String server, String url, String commandLine, String machine, Instant started,
        List<MeasuredLevel> levels) {
    public MeasuredRun {
        levels = List.copyOf(levels);
    }
}
