package io.nereid.perf.client;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a load saw in some time.
 *
 * @param latencies of the requests that were answered without an error
 * @param responses answers of these requests, at least one each
 * @param failures requests that failed
 * @param errorTexts the first different texts of failures
 * @param late requests of an open loop that were sent more than a millisecond after their moment
 * @param answersByClient how many of the answered requests each client had
 */
public record Sample(Latencies latencies, long responses, Failures failures, List<String> errorTexts, long late,
        AnswersByClient answersByClient) {
    /** Of each sample so many different texts are kept. */
    static final int MAX_TEXTS = 5;

    public Sample {
        errorTexts = List.copyOf(errorTexts);
    }

    /** How many requests failed. */
    public long errors() {
        return failures.total();
    }

    /** The same with these latencies. */
    Sample withLatencies(Latencies measured) {
        return new Sample(measured, responses, failures, errorTexts, late, answersByClient);
    }

    /** All of them together: parts of a time, or of a load. */
    public static Sample merged(List<Sample> samples) {
        Set<String> texts = new LinkedHashSet<>();
        samples.forEach(sample -> texts.addAll(sample.errorTexts));
        return new Sample(Latencies.merged(samples.stream().map(Sample::latencies)),
                samples.stream().mapToLong(Sample::responses).sum(),
                Failures.merged(samples.stream().map(Sample::failures).toList()),
                new ArrayList<>(texts).subList(0, Math.min(MAX_TEXTS, texts.size())),
                samples.stream().mapToLong(Sample::late).sum(),
                AnswersByClient.merged(samples.stream().map(Sample::answersByClient).toList()));
    }
}
