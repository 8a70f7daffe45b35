package io.nereid.bench.load;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What wrk printed.
 *
 * @param requests answers it got
 * @param requestsPerSecond of the whole run
 * @param p50 median latency, as wrk writes it, {@code 1.23ms}
 * @param p99 99th percentile of the latency
 * @param errors answers with another status than 2xx or 3xx, and socket errors
 */
public record WrkReport(long requests, double requestsPerSecond, String p50, String p99, long errors) {
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern P50 = Pattern.compile("(?m)^ +50% +(\\S+)");
    private static final Pattern P99 = Pattern.compile("(?m)^ +99% +(\\S+)");
    private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern BROKEN = Pattern
            .compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

    static WrkReport parse(String output) {
        Matcher broken = BROKEN.matcher(output);
        long errors = Long.parseLong(first(REFUSED, output, "0"));
        if (broken.find()) {
            for (int i = 1; i <= broken.groupCount(); i++) {
                errors += Long.parseLong(broken.group(i));
            }
        }
        return new WrkReport(Long.parseLong(first(REQUESTS, output, "0")),
                Double.parseDouble(first(RATE, output, "0")), first(P50, output, "-"), first(P99, output, "-"), errors);
    }

    private static String first(Pattern pattern, String text, String otherwise) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : otherwise;
    }
}
